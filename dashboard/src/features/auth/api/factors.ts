import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { meOptions } from "./get-me";

export const factorsOptions = queryOptions({
  queryKey: ["factors"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/auth/factors", { signal })),
});

/** A secret for an app; it counts once a code of it is confirmed. */
export function useBeginApp() {
  return useMutation({ mutationFn: () => unwrap(api.POST("/api/auth/factors/app")) });
}

/** Confirms the app; the answer is the only place that shows the recovery codes. */
export function useConfirmApp() {
  return useMutation({
    mutationFn: (code: string) =>
      unwrap(api.POST("/api/auth/factors/app/confirm", { body: { code } })),
  });
}

export function useRemoveApp() {
  const refresh = useRefreshFactors();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/auth/factors/app")),
    onSuccess: refresh,
  });
}

export function useRenewCodes() {
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/auth/factors/recovery-codes")),
  });
}

/** Reads the factors anew, once codes that are shown once have been seen. */
export function useRefreshFactors() {
  const client = useQueryClient();
  return () =>
    Promise.all([client.invalidateQueries(factorsOptions), client.invalidateQueries(meOptions)]);
}
