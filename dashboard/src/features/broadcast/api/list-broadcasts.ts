import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Answer } from "@/api/types";
import { daysAgo, type SinceDays } from "@/lib/spans";

export type BroadcastRow = Answer<"/api/broadcasts">["items"][number];

const MOVING_MS = 3_000;
const RESTING_MS = 30_000;

export const BROADCAST_STATES = [
  "scheduled",
  "broadcasting",
  "paused",
  "completed",
  "cancelled",
  "failed",
] as const satisfies BroadcastRow["status"][];

export type BroadcastFilter = {
  status?: BroadcastRow["status"];
  bot_id?: number;
  ad_id?: number;
  /** Launched or scheduled in the last days. */
  days?: SinceDays;
};

/** Broadcasts of all ads that one sees, newest first; read often while one of them runs. */
export const broadcastsOptions = ({ days, ...filter }: BroadcastFilter) =>
  pagedOptions(
    ["ads", "broadcasts", filter, days],
    (page, signal) => {
      const query = { ...page, ...filter, from: days && daysAgo(Number(days)) };
      return unwrap(api.GET("/api/broadcasts", { params: { query }, signal }));
    },
    { keep: true, every: (rows) => every(rows) },
  );

/** As many as a page of the API may hold: a month is read at once. */
const MOST = 200;

/** Broadcasts that went out, or are to go out, between two moments. */
export const broadcastsOutOptions = (
  { days: _, ...filter }: BroadcastFilter,
  span: { from: string; to: string },
) =>
  pagedOptions(
    ["ads", "broadcasts", "out", filter, span],
    (page, signal) => {
      const query = { ...page, ...filter, out_from: span.from, out_to: span.to };
      return unwrap(api.GET("/api/broadcasts", { params: { query }, signal }));
    },
    { size: MOST, every: (rows) => every(rows) },
  );

function every(rows: BroadcastRow[]): number {
  return rows.some(({ status }) => status === "broadcasting") ? MOVING_MS : RESTING_MS;
}

/** When the first message left, or is to leave. */
export function goesOut({ started_at, scheduled_for, created_at }: BroadcastRow): string {
  return started_at ?? scheduled_for ?? created_at;
}
