/** Views of lists that the account has saved: what stands after the "?" of an address, by a name. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import type { Body } from "./types";

export type SavedView = Body<"/api/auth/views", "put">;

export const savedViewsOptions = queryOptions({
  queryKey: ["saved views"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/auth/views", { signal })),
});

/** Saves a view; one without `search` is forgotten. */
export function useSaveView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SavedView) => unwrap(api.PUT("/api/auth/views", { body })),
    onSuccess: (views) => client.setQueryData(savedViewsOptions.queryKey, views),
  });
}
