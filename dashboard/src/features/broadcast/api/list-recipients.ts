import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";
import type { Outcome } from "../outcomes";

const LIVE_MS = 5_000;

type Asked = {
  adId: number;
  broadcastId?: number;
  status?: Outcome;
  /** The broadcast moves: read again every few seconds, and once more when it stands still. */
  live: boolean;
};

export const recipientsOptions = ({ adId, broadcastId, status, live }: Asked) =>
  infiniteQueryOptions({
    queryKey: ["ads", "recipients", adId, broadcastId, status, live],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE_SIZE, cursor: pageParam, status, broadcast_id: broadcastId };
      const params = { path: { ad_id: adId }, query };
      return unwrap(api.GET("/api/ads/{ad_id}/recipients", { params, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: live ? LIVE_MS : false,
  });
