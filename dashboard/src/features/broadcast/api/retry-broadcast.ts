import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** Sends again to exactly those recipients whose send failed, or is unknown. */
export function useRetryBroadcast(adId: number, broadcastId: number | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (states: ("failed" | "unknown")[]) =>
      unwrap(
        api.POST("/api/ads/{ad_id}/retry", {
          params: { path: { ad_id: adId } },
          body: { states, broadcast_id: broadcastId },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["ads"] }),
  });
}
