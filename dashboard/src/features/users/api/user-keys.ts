import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** The API keys of an account: the newest hundred. */
export const userKeysOptions = (id: number) =>
  queryOptions({
    queryKey: ["users", id, "keys"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/users/{user_id}/keys", {
          params: { path: { user_id: id }, query: { limit: 100 } },
          signal,
        }),
      ),
  });

export function useRevokeUserKey(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (keyId: number) =>
      unwrap(
        api.DELETE("/api/users/{user_id}/keys/{key_id}", {
          params: { path: { user_id: id, key_id: keyId } },
        }),
      ),
    onSettled: () => client.invalidateQueries(userKeysOptions(id)),
  });
}
