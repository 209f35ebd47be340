import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { systemStatusOptions } from "./get-status";

/** Changes how many workers run on this machine, until the platform is started again. */
export function useSetWorkers() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (count: number) => unwrap(api.PUT("/api/system/workers", { body: { count } })),
    onSettled: () => client.invalidateQueries(systemStatusOptions),
  });
}

/** Restarts one worker: what it does reaches a safe point and goes on. */
export function useRestartWorker() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      unwrap(api.POST("/api/system/workers/{name}/restart", { params: { path: { name } } })),
    onSettled: () => client.invalidateQueries(systemStatusOptions),
  });
}
