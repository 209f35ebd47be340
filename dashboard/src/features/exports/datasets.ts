/** What can be exported, and in what form. */
import type { Body } from "@/api/types";

type Order = Body<"/api/analytics/exports">;
export type Dataset = Order["dataset"];
export type Format = NonNullable<Order["format"]>;

export const DATASETS: Record<Dataset, string> = {
  subscribers: "Subscribers",
  messages: "Messages",
  clicks: "Clicks on ads",
  recipients: "Recipients of a broadcast",
  ads: "Ads and their figures",
  bots: "Bots",
};

export const FORMATS: Record<Format, string> = {
  csv: "CSV",
  xlsx: "Excel (XLSX)",
  json: "JSON",
  parquet: "Parquet, for data tools",
};
