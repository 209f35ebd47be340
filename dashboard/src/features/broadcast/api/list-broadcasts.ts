import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";
import type { Answer } from "@/api/types";

export type BroadcastRow = Answer<"/api/broadcasts">["items"][number];

const MOVING_MS = 3_000;
const RESTING_MS = 30_000;

export const BROADCAST_STATES = [
  "scheduled",
  "broadcasting",
  "paused",
  "completed",
  "cancelled",
  "failed",
] as const satisfies BroadcastRow["status"][];

export type BroadcastFilter = {
  status?: BroadcastRow["status"];
  bot_id?: number;
  ad_id?: number;
};

/** Broadcasts of all ads that one sees, newest first; read often while one of them runs. */
export const broadcastsOptions = (filter: BroadcastFilter) =>
  infiniteQueryOptions({
    queryKey: ["ads", "broadcasts", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE_SIZE, cursor: pageParam, ...filter };
      return unwrap(api.GET("/api/broadcasts", { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(({ status }) => status === "broadcasting"))
        ? MOVING_MS
        : RESTING_MS,
  });
