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
    {
      keep: true,
      every: (rows) =>
        rows.some(({ status }) => status === "broadcasting") ? MOVING_MS : RESTING_MS,
    },
  );
