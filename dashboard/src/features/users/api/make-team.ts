import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** Makes a team of what an account has, by naming it; all of it stays. */
export function useMakeTeam() {
  return useMutation({
    mutationFn: ({ id, name }: { id: number; name: string }) =>
      unwrap(
        api.PATCH("/api/organisations/{organisation_id}", {
          params: { path: { organisation_id: id } },
          body: { name },
        }),
      ),
  });
}
