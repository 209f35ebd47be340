import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

export type RetryState = "failed" | "unknown";

const ask = (adId: number, broadcast_id: number, state: RetryState, dry_run: boolean) =>
  unwrap(
    api.POST("/api/ads/{ad_id}/retry", {
      params: { path: { ad_id: adId } },
      body: { states: [state], broadcast_id, dry_run },
    }),
  );

/** How many a retry would send to now, and how many cannot be reached; sends nothing. */
export const retryPlanOptions = (adId: number, broadcastId: number, state: RetryState) =>
  queryOptions({
    queryKey: ["retry", adId, broadcastId, state],
    queryFn: () => ask(adId, broadcastId, state, true),
    staleTime: 0,
  });

/** Sends again to exactly those recipients of the state who can still be reached. */
export function useRetryBroadcast(adId: number, broadcastId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (state: RetryState) => ask(adId, broadcastId, state, false),
    onSuccess: () => client.invalidateQueries({ queryKey: ["ads"] }),
  });
}
