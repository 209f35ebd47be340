import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { zoneName } from "@/lib/zone";

const EVERY_MS = 30_000;
const HOUR_MS = 3_600_000;

export const performanceOptions = (hours: number) =>
  queryOptions({
    queryKey: ["system", "performance", hours],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - hours * HOUR_MS).toISOString();
      return unwrap(
        api.GET("/api/system/performance", { params: { query: { from, tz: zoneName() } }, signal }),
      );
    },
    refetchInterval: EVERY_MS,
  });
