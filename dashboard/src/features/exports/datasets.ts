/** What can be exported, and in what form. */
import { t } from "@lingui/core/macro";
import type { Body } from "@/api/types";

type Order = Body<"/api/analytics/exports">;
export type Dataset = Order["dataset"];
export type Format = NonNullable<Order["format"]>;

export const DATASETS: Record<Dataset, string> = {
  subscribers: t`Subscribers`,
  messages: t`Messages`,
  clicks: t`Clicks on ads`,
  recipients: t`Recipients of a broadcast`,
  ads: t`Ads and their figures`,
  bots: t`Bots`,
};

export const FORMATS: Record<Format, string> = {
  csv: "CSV",
  xlsx: t`Excel (XLSX)`,
  json: "JSON",
  parquet: t`Parquet, for data tools`,
};
