import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { unlessTold } from "@/api/live";
import type { Statistics } from "@/api/types";

const LIVE_MS = 1_000;
const TOLD_MS = 15_000;
const MOVING = new Set<Statistics["status"]>(["scheduled", "broadcasting", "paused"]);

/** A broadcast's statistics: the latest one's, or a named one's. Every second while it moves. */
export const statisticsOptions = (adId: number, broadcastId?: number) =>
  queryOptions({
    queryKey: ["ads", "statistics", adId, broadcastId],
    queryFn: ({ signal }) => {
      const params = { path: { ad_id: adId }, query: { broadcast_id: broadcastId } };
      return unwrap(api.GET("/api/ads/{ad_id}/statistics", { params, signal }));
    },
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data && isMoving(state.data) ? unlessTold(LIVE_MS, TOLD_MS) : false,
  });

export function isMoving(statistics: Statistics): boolean {
  return MOVING.has(statistics.status);
}
