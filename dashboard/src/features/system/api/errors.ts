import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { unlessTold } from "@/api/live";
import { pagedOptions } from "@/api/pages";
import type { Answer } from "@/api/types";
import { daysAgo, type SinceDays } from "@/lib/spans";

const EVERY_MS = 10_000;

export type ErrorGroup = Answer<"/api/system/errors/{error_id}">;
export type ErrorState = ErrorGroup["state"];

export const ERROR_STATES = ["open", "known", "resolved"] as const satisfies ErrorState[];
export const ERROR_PROGRAMS = ["api", "worker", "dashboard", "backup"] as const;

export type ErrorFilter = {
  /** Of all states without it. */
  state?: ErrorState;
  program?: string;
  q?: string;
  days?: SinceDays;
};

/** What fails, by kind, the last seen first; and how many kinds there are of each state. */
export const errorsOptions = ({ state, program, q, days }: ErrorFilter) =>
  pagedOptions(
    ["system", "errors", state, program, q, days],
    (page, signal) => {
      const query = { ...page, state, program, q, since: days && daysAgo(Number(days)) };
      return unwrap(api.GET("/api/system/errors", { params: { query }, signal }));
    },
    { every: EVERY_MS, keep: true },
  );

export const errorOptions = (error_id: number) =>
  queryOptions({
    queryKey: ["system", "errors", error_id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/system/errors/{error_id}", { params: { path: { error_id } }, signal })),
    refetchInterval: () => unlessTold(EVERY_MS),
  });

/** Marks a kind of error as known or resolved, or opens it again. */
export function useChangeError(error_id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (state: ErrorState) =>
      unwrap(
        api.PATCH("/api/system/errors/{error_id}", {
          params: { path: { error_id } },
          body: { state },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ["system", "errors"] }),
  });
}
