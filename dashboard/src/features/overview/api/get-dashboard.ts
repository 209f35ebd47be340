import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { daysAgo } from "@/lib/spans";
import { zoneName } from "@/lib/zone";

const EVERY_MS = 60_000;

/** Totals and traffic of the last days, and sums of as many days before them. */
export const dashboardOptions = (days: number) =>
  queryOptions({
    queryKey: ["overview", "dashboard", days],
    queryFn: ({ signal }) => {
      const from = daysAgo(days);
      const query = { from, compare: "previous", tz: zoneName() } as const;
      return unwrap(api.GET("/api/analytics/dashboard", { params: { query }, signal }));
    },
    refetchInterval: EVERY_MS,
  });
