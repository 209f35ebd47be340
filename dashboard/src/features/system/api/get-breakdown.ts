import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Answer } from "@/api/types";
import { isOpen, type Range, spanOf } from "@/lib/range";
import { zoneName } from "@/lib/zone";

export const BREAKDOWNS = ["route", "bot", "process"] as const;

export type By = (typeof BREAKDOWNS)[number];

const EVERY_MS = 30_000;

export type BotSeries = Answer<"/api/system/performance/breakdown">;

/** One bot over time, and what it may send a second. */
export const botSeriesOptions = (id: number, range: Range) =>
  queryOptions({
    queryKey: ["system", "breakdown", "bot", id, range],
    queryFn: ({ signal }) => {
      const query = { by: "bot", name: String(id), tz: zoneName(), ...spanOf(range) } as const;
      return unwrap(api.GET("/api/system/performance/breakdown", { params: { query }, signal }));
    },
    refetchInterval: isOpen(range) && EVERY_MS,
    placeholderData: keepPreviousData,
  });

/** Sums of the span, of the busiest routes or bots, or of all processes. */
export const breakdownOptions = (by: By, range: Range) =>
  queryOptions({
    queryKey: ["system", "breakdown", by, range],
    queryFn: ({ signal }) => {
      const query = { by, ...spanOf(range) };
      return unwrap(api.GET("/api/system/performance/breakdown", { params: { query }, signal }));
    },
    refetchInterval: isOpen(range) && EVERY_MS,
    placeholderData: keepPreviousData,
  });
