import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Ad } from "@/api/types";

const EVERY_MS = 15_000;

export const AD_STATES = [
  "draft",
  "pending_review",
  "approved",
  "rejected",
  "scheduled",
  "broadcasting",
  "paused",
  "completed",
  "cancelled",
  "failed",
] as const satisfies Ad["status"][];

export const AD_SORTS = ["newest", "last_broadcast", "sent", "clicks", "ctr"] as const;

export type AdFilter = {
  status?: Ad["status"];
  q?: string;
  sort?: (typeof AD_SORTS)[number];
};

export const adsOptions = (filter: AdFilter) =>
  pagedOptions(
    ["ads", "list", filter],
    (page, signal) =>
      unwrap(api.GET("/api/ads/list", { params: { query: { ...page, ...filter } }, signal })),
    { every: EVERY_MS, keep: true },
  );
