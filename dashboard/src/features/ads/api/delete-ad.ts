import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { refreshAds } from "./refresh";

export function useDeleteAd(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/ads/{ad_id}", { params: { path: { ad_id: id } } })),
    onSuccess: () => refreshAds(client),
  });
}
