import { useMutation } from "@tanstack/react-query";
import { at } from "@/api/below";
import { api, unwrap } from "@/api/client";

/** Loads the console anew, as an organisation that the session has come to act in has it. */
export const begin = () => location.assign(at("/"));

/** Lets this session act in another organisation, and begins anew there. */
export function useActIn() {
  return useMutation({ mutationFn: actIn, onSuccess: begin });
}

/** Joins the team of an invitation with the account that is signed in, and begins there. */
export function useJoinTeam() {
  return useMutation({
    mutationFn: async (invitation: string) => {
      const joined = await unwrap(api.POST("/api/organisations/join", { body: { invitation } }));
      await actIn(joined.id);
    },
    onSuccess: begin,
  });
}

/** Leaves a team, and begins anew in the own organisation. */
export function useLeaveTeam(team: number) {
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.DELETE("/api/organisations/{organisation_id}/membership", {
          params: { path: { organisation_id: team } },
        }),
      ),
    onSuccess: begin,
  });
}

function actIn(id: number) {
  return unwrap(api.PUT("/api/auth/organisation", { body: { organisation_id: id } }));
}
