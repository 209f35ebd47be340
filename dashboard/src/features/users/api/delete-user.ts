import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { refreshUsers } from "./refresh";

/** Deletes an account; all it runs stops. */
export function useDeleteUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(api.DELETE("/api/users/{user_id}", { params: { path: { user_id: id } } })),
    onSettled: () => refreshUsers(client),
  });
}
