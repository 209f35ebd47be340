import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { daysAgo } from "@/lib/spans";
import { zoneName } from "@/lib/zone";
import type { SpanDays } from "../spans";

/** A bot's figures by days of the viewer's zone, beside those of the period before. */
export const botAnalyticsOptions = (id: number, days: SpanDays) =>
  queryOptions({
    queryKey: ["bots", "analytics", id, days],
    queryFn: ({ signal }) => {
      const query = {
        from: daysAgo(Number(days)),
        bucket: "day",
        tz: zoneName(),
        compare: "previous",
      } as const;
      const params = { path: { bot_id: id }, query };
      return unwrap(api.GET("/api/analytics/bots/{bot_id}", { params, signal }));
    },
    placeholderData: keepPreviousData,
  });

/** The chats that joined a bot in the span, as they are now: by deep link and by language. */
export const botOriginsOptions = (id: number, days: SpanDays) =>
  queryOptions({
    queryKey: ["bots", "origins", id, days],
    queryFn: ({ signal }) => {
      const params = { path: { bot_id: id }, query: { from: daysAgo(Number(days)) } };
      return unwrap(api.GET("/api/analytics/bots/{bot_id}/origins", { params, signal }));
    },
    placeholderData: keepPreviousData,
  });
