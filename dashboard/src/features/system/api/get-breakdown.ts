import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { hoursAgo } from "@/lib/spans";

export const BREAKDOWNS = ["route", "bot", "process"] as const;

export type By = (typeof BREAKDOWNS)[number];

const EVERY_MS = 30_000;

/** Sums of the span, of the busiest routes or bots, or of all processes. */
export const breakdownOptions = (by: By, hours: number) =>
  queryOptions({
    queryKey: ["system", "breakdown", by, hours],
    queryFn: ({ signal }) => {
      const query = { by, from: hoursAgo(hours) };
      return unwrap(api.GET("/api/system/performance/breakdown", { params: { query }, signal }));
    },
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
  });
