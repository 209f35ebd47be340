import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, idempotencyKey, unwrap } from "@/api/client";
import type { Body } from "@/api/types";
import { refreshUsers } from "./refresh";

/** Makes an account; the answer holds its password, the only time it is shown. */
export function useAddUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<"/api/users">) =>
      unwrap(
        api.POST("/api/users", {
          body,
          params: { header: { "Idempotency-Key": idempotencyKey() } },
        }),
      ),
    onSettled: () => refreshUsers(client),
  });
}
