import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";
import { refreshAds } from "./refresh";

export type Launch = Body<"/api/ads/{ad_id}/broadcast">;

/** Broadcasts an ad. The same key twice launches it once. */
export function useLaunchAd(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, key }: { body: Launch; key: string }) =>
      unwrap(
        api.POST("/api/ads/{ad_id}/broadcast", {
          params: { path: { ad_id: id } },
          body,
          headers: { "Idempotency-Key": key },
        }),
      ),
    onSuccess: () => refreshAds(client),
  });
}
