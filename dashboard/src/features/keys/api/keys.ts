import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, idempotencyKey, unwrap } from "@/api/client";
import type { Body } from "@/api/types";

/** One's own API keys: the newest hundred. */
export const keysOptions = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/auth/keys", { params: { query: { limit: 100 } }, signal })),
});

/** Makes a key; the answer is the only place that shows it. */
export function useMakeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<"/api/auth/keys">) =>
      unwrap(
        api.POST("/api/auth/keys", {
          body,
          params: { header: { "Idempotency-Key": idempotencyKey() } },
        }),
      ),
    onSettled: () => client.invalidateQueries(keysOptions),
  });
}

/** Makes the key that replaces another, which goes on for a day. */
export function useRotateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(
        api.POST("/api/auth/keys/{key_id}/rotate", {
          body: {},
          params: { path: { key_id: id }, header: { "Idempotency-Key": idempotencyKey() } },
        }),
      ),
    onSettled: () => client.invalidateQueries(keysOptions),
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(api.DELETE("/api/auth/keys/{key_id}", { params: { path: { key_id: id } } })),
    onSettled: () => client.invalidateQueries(keysOptions),
  });
}
