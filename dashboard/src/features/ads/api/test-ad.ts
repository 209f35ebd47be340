import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";

/** Sends the ad to one chat through one bot, outside every statistic. */
export function useTestAd(id: number) {
  return useMutation({
    mutationFn: (body: Body<"/api/ads/{ad_id}/test">) =>
      unwrap(api.POST("/api/ads/{ad_id}/test", { params: { path: { ad_id: id } }, body })),
  });
}
