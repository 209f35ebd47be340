import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { hoursAgo } from "@/lib/spans";
import { zoneName } from "@/lib/zone";

const EVERY_MS = 30_000;

/** How far back a chart reaches, and in what steps. */
export const SPANS = {
  "1h": { hours: 1, bucket: "minute" },
  "24h": { hours: 24, bucket: "hour" },
  "30d": { hours: 30 * 24, bucket: "day" },
} as const;

export type Span = keyof typeof SPANS;

export const botMetricsOptions = (id: number, span: Span) =>
  queryOptions({
    queryKey: ["bots", "metrics", id, span],
    queryFn: ({ signal }) => {
      const { hours, bucket } = SPANS[span];
      const from = hoursAgo(hours);
      const params = { path: { bot_id: id }, query: { from, bucket, tz: zoneName() } };
      return unwrap(api.GET("/api/bots/{bot_id}/metrics", { params, signal }));
    },
    refetchInterval: EVERY_MS,
  });
