import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";
import type { Ad } from "@/api/types";

const EVERY_MS = 5_000;

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

export type AdFilter = { status?: Ad["status"]; q?: string };

export const adsOptions = (filter: AdFilter) =>
  infiniteQueryOptions({
    queryKey: ["ads", "list", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE_SIZE, cursor: pageParam, ...filter };
      return unwrap(api.GET("/api/ads/list", { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
    refetchInterval: EVERY_MS,
  });
