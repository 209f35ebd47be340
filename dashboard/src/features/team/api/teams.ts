import { type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Answer } from "@/api/types";
import { begin } from "./membership";

export type Team = { id: number; name: string };
type Organisation = Answer<"/api/organisations">["items"][number];

/** All teams, as an admin sees them. */
export const teamsOptions = pagedOptions(["team", "all"], (page, signal) =>
  unwrap(api.GET("/api/organisations", { params: { query: page }, signal })),
);

/** What an organisation is where it is a team: all but what is an account's alone. */
export function isTeam(row: Organisation): row is Organisation & Team {
  return row.name !== null;
}

/** What deleting a team would erase, and what would stay. */
export const teamDeletionOptions = (team: number) =>
  queryOptions({
    queryKey: ["team", "deletion", team],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/organisations/{organisation_id}/deletion", {
          params: { path: { organisation_id: team } },
          signal,
        }),
      ),
    staleTime: 0,
  });

/** Makes an empty team, whose owner is whoever makes it. */
export function useMakeTeam() {
  return useChange((name: string) =>
    unwrap(
      api.POST("/api/organisations", {
        params: { header: { "Idempotency-Key": idempotencyKey() } },
        body: { name },
      }),
    ),
  );
}

export function useRenameTeam(team: number) {
  return useChange((name: string) =>
    unwrap(
      api.PATCH("/api/organisations/{organisation_id}", {
        params: { path: { organisation_id: team } },
        body: { name },
      }),
    ),
  );
}

/** Deletes a team; whoever acts in it begins anew in the own organisation. */
export function useDeleteTeam(team: number, acting: boolean) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.DELETE("/api/organisations/{organisation_id}", {
          params: { path: { organisation_id: team } },
        }),
      ),
    onSettled: (_, error) => (acting && !error ? begin() : refresh(client)),
  });
}

/** Does something with a team, and reads teams and the own ones anew. */
function useChange<Given>(change: (given: Given) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => refresh(client) });
}

function refresh(client: QueryClient) {
  const read = (queryKey: string[]) => client.invalidateQueries({ queryKey });
  return Promise.all([read(["team"]), read(["auth", "me"])]);
}
