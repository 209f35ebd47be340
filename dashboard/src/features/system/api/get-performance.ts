import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const EVERY_MS = 30_000;
const DAY_MS = 86_400_000;

export const performanceOptions = (days: number) =>
  queryOptions({
    queryKey: ["system", "performance", days],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - days * DAY_MS).toISOString();
      return unwrap(api.GET("/api/system/performance", { params: { query: { from } }, signal }));
    },
    refetchInterval: EVERY_MS,
  });
