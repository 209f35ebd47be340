import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import { daysAgo } from "@/lib/spans";
import { zoneName } from "@/lib/zone";
import type { SpanDays } from "../spans";

/** A row for each ad: what came of its broadcasts that began in the span, and in the one before. */
export const adRowsOptions = (days: SpanDays) =>
  pagedOptions(
    ["ads", "rows", days],
    (page, signal) => {
      const span = { from: daysAgo(Number(days)), tz: zoneName(), compare: "previous" } as const;
      return unwrap(
        api.GET("/api/analytics/ads", { params: { query: { ...page, ...span } }, signal }),
      );
    },
    { keep: true },
  );

/** What came of all broadcasts of one ad. */
export const adRowOptions = (id: number) =>
  queryOptions({
    queryKey: ["ads", "row", id],
    queryFn: async ({ signal }) => {
      const params = { query: { ad_id: id } };
      const page = await unwrap(api.GET("/api/analytics/ads", { params, signal }));
      return page.items[0] ?? null;
    },
  });

/** The same by bot, by link and by hour of the viewer's week, and what it lost. */
export const adFiguresOptions = (id: number) =>
  queryOptions({
    queryKey: ["ads", "figures", id],
    queryFn: ({ signal }) => {
      const params = { path: { ad_id: id }, query: { tz: zoneName() } };
      return unwrap(api.GET("/api/analytics/ads/{ad_id}", { params, signal }));
    },
  });

/** Whether the click rates of two ads differ by more than chance, over the span. */
export const comparisonOptions = (ad_id: number, other_id: number, days: SpanDays) =>
  queryOptions({
    queryKey: ["ads", "comparison", ad_id, other_id, days],
    queryFn: ({ signal }) => {
      const query = { ad_id, other_id, from: daysAgo(Number(days)) };
      return unwrap(api.GET("/api/analytics/ads/compare", { params: { query }, signal }));
    },
  });
