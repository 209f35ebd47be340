import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { refreshAds } from "./refresh";

export type ReviewStep =
  | { step: "submit" }
  | { step: "approve" }
  | { step: "reject"; note: string };

/** Hands an ad in for review, approves it, or rejects it with a note for its owner. */
export function useReviewAd(id: number) {
  const client = useQueryClient();
  const params = { path: { ad_id: id } };
  return useMutation({
    mutationFn: (move: ReviewStep) => {
      if (move.step === "reject")
        return unwrap(api.POST("/api/ads/{ad_id}/reject", { params, body: { note: move.note } }));
      return unwrap(api.POST(`/api/ads/{ad_id}/${move.step}`, { params }));
    },
    onSuccess: () => refreshAds(client),
  });
}
