import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Answer, Body } from "@/api/types";

export type Export = Answer<"/api/analytics/exports">["items"][number];
export type Order = Body<"/api/analytics/exports">;

const MOVING_MS = 1_500;
/** Each answer has a new link, good for an hour: one that is shown is never older than this. */
const LINKS_MS = 600_000;

const KEY = ["exports"] as const;

/** Own exports, newest first; read often while one is being written. */
export const exportsOptions = pagedOptions(
  KEY,
  (query, signal) => unwrap(api.GET("/api/analytics/exports", { params: { query }, signal })),
  { every: (rows) => (rows.some(isMoving) ? MOVING_MS : LINKS_MS) },
);

export function isMoving({ status }: Export): boolean {
  return status === "waiting" || status === "running";
}

/** Asks for an export; a worker writes it. */
export function useOrderExport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Order) =>
      unwrap(
        api.POST("/api/analytics/exports", {
          body,
          headers: { "Idempotency-Key": idempotencyKey() },
        }),
      ),
    onSuccess: () => refresh(client),
  });
}

/** Ends an export that is not finished, or deletes its file. */
export function useDeleteExport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(
        api.DELETE("/api/analytics/exports/{export_id}", { params: { path: { export_id: id } } }),
      ),
    onSuccess: () => refresh(client),
  });
}

function refresh(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: KEY });
}
