import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, idempotencyKey, unwrap } from "@/api/client";
import type { Body } from "@/api/types";
import { refreshUsers } from "./refresh";

export const invitationsOptions = queryOptions({
  queryKey: ["users", "invitations"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/users/invitations", { params: { query: { limit: 100 } }, signal })),
});

/** Makes a link; the answer is the only place that shows it. */
export function useInvite() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<"/api/users/invitations">) =>
      unwrap(
        api.POST("/api/users/invitations", {
          body,
          params: { header: { "Idempotency-Key": idempotencyKey() } },
        }),
      ),
    onSettled: () => refreshUsers(client),
  });
}

export function useRevokeInvitation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(
        api.DELETE("/api/users/invitations/{invitation_id}", {
          params: { path: { invitation_id: id } },
        }),
      ),
    onSettled: () => refreshUsers(client),
  });
}
