import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Answer, Body } from "@/api/types";

export type Member = Answer<"/api/organisations/{organisation_id}/members">["items"][number];

type Change = Body<"/api/organisations/{organisation_id}/members/{user_id}", "patch">;

/** The members of an organisation. */
export const membersOptions = (team: number) =>
  pagedOptions(["team", "members", team], (page, signal) =>
    unwrap(
      api.GET("/api/organisations/{organisation_id}/members", {
        params: { path: { organisation_id: team }, query: page },
        signal,
      }),
    ),
  );

export const teamInvitationsOptions = (team: number) =>
  queryOptions({
    queryKey: ["team", "invitations", team],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/organisations/{organisation_id}/invitations", {
          params: { path: { organisation_id: team }, query: { limit: 100 } },
          signal,
        }),
      ),
  });

/** Does something with a team, and reads its members and invitations anew. */
function useChange<Given>(change: (given: Given) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ["team"] }),
  });
}

export function useChangeMember(team: number) {
  return useChange(({ id, ...body }: { id: number } & Change) =>
    unwrap(
      api.PATCH("/api/organisations/{organisation_id}/members/{user_id}", {
        params: { path: { organisation_id: team, user_id: id } },
        body,
      }),
    ),
  );
}

export function useRemoveMember(team: number) {
  return useChange((id: number) =>
    unwrap(
      api.DELETE("/api/organisations/{organisation_id}/members/{user_id}", {
        params: { path: { organisation_id: team, user_id: id } },
      }),
    ),
  );
}

export function useRevokeTeamInvitation(team: number) {
  return useChange((id: number) =>
    unwrap(
      api.DELETE("/api/organisations/{organisation_id}/invitations/{invitation_id}", {
        params: { path: { organisation_id: team, invitation_id: id } },
      }),
    ),
  );
}
