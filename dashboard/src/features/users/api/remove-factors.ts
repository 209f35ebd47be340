import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** Takes all second factors away from somebody who has lost them. */
export function useRemoveFactors() {
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(api.DELETE("/api/users/{user_id}/factors", { params: { path: { user_id: id } } })),
  });
}

/** Unlinks all identities of somebody, whoever holds them. */
export function useUnlinkIdentities() {
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(api.DELETE("/api/users/{user_id}/identities", { params: { path: { user_id: id } } })),
  });
}
