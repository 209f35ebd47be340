import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { daysAgo } from "@/lib/spans";
import type { SpanDays } from "../spans";

export const PERIODS = ["day", "week", "month"] as const;

export type Period = (typeof PERIODS)[number];

/** Different people over all bots that one sees, each counted once. */
export const peopleOptions = (bucket: Period, days: SpanDays) =>
  queryOptions({
    queryKey: ["analytics", "people", bucket, days],
    queryFn: ({ signal }) => {
      const query = { bucket, from: daysAgo(Number(days)) };
      return unwrap(api.GET("/api/analytics/people", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
