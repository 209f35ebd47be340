import { useMutation } from "@tanstack/react-query";
import { at } from "@/api/below";
import { api, unwrap } from "@/api/client";
import { zoneName } from "@/lib/zone";

/** Makes a link by which anybody reads the report on a broadcast, good for some days. */
export function useShareReport(adId: number, broadcastId: number | undefined) {
  return useMutation({
    mutationFn: async (days: number) => {
      const made = await unwrap(
        api.POST("/api/ads/{ad_id}/report/share", {
          params: { path: { ad_id: adId } },
          body: { broadcast_id: broadcastId, tz: zoneName(), days },
        }),
      );
      return new URL(at(made.path), location.origin).href;
    },
  });
}
