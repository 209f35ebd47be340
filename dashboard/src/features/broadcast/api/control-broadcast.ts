import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

export type ControlStep = "pause" | "resume" | "cancel";

/** Pauses, resumes or cancels an ad's broadcast; effective within a second. */
export function useControlBroadcast(adId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (step: ControlStep) =>
      unwrap(api.POST(`/api/ads/{ad_id}/${step}`, { params: { path: { ad_id: adId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["ads"] }),
  });
}
