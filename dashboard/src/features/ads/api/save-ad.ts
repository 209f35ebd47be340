import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, idempotencyKey, unwrap } from "@/api/client";
import type { AdBody } from "@/api/types";
import { refreshAds } from "./refresh";

/** Creates an ad, or changes the one with the given id. */
export function useSaveAd(id?: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Partial<AdBody>) =>
      id === undefined
        ? unwrap(
            api.POST("/api/ads/create", {
              body: body as AdBody,
              headers: { "Idempotency-Key": idempotencyKey() },
            }),
          )
        : unwrap(api.PATCH("/api/ads/{ad_id}", { params: { path: { ad_id: id } }, body })),
    onSuccess: () => refreshAds(client),
  });
}
