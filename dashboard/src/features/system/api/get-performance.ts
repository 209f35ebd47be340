import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { hoursAgo } from "@/lib/spans";
import { zoneName } from "@/lib/zone";

const EVERY_MS = 30_000;

export const performanceOptions = (hours: number) =>
  queryOptions({
    queryKey: ["system", "performance", hours],
    queryFn: ({ signal }) => {
      const from = hoursAgo(hours);
      return unwrap(
        api.GET("/api/system/performance", { params: { query: { from, tz: zoneName() } }, signal }),
      );
    },
    refetchInterval: EVERY_MS,
  });
