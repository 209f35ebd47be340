import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, idempotencyKey, unwrap } from "@/api/client";
import type { MemberRole } from "../roles";

/** Makes a link into a team; the answer is the only place that shows it. */
export function useInviteMember(team: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (role: MemberRole) =>
      unwrap(
        api.POST("/api/organisations/{organisation_id}/invitations", {
          params: {
            path: { organisation_id: team },
            header: { "Idempotency-Key": idempotencyKey() },
          },
          body: { role },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ["team"] }),
  });
}
