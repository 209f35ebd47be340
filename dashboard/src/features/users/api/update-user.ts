import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";
import { refreshUsers } from "./refresh";

type Change = { id: number; body: Body<"/api/users/{user_id}", "patch"> };

/** Changes a user's name or role, or switches the account off or on. */
export function useUpdateUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: Change) =>
      unwrap(api.PATCH("/api/users/{user_id}", { params: { path: { user_id: id } }, body })),
    onSettled: () => refreshUsers(client),
  });
}
