import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Bot } from "@/api/types";

const PAGE_SIZE = 200;
const MOVING_MS = 3_000;
const RESTING_MS = 15_000;

export const BOT_STATES = [
  "running",
  "starting",
  "stopping",
  "stopped",
  "error",
] as const satisfies Bot["status"][];

export const BOT_SORTS = ["newest", "subscribers", "name"] as const;

export type BotFilter = {
  q?: string;
  status?: Bot["status"];
  sort?: (typeof BOT_SORTS)[number];
};

/** Bots with how many there are, read again often while one of them starts or stops. */
export const botsOptions = (filter: BotFilter) =>
  pagedOptions(
    ["bots", "list", filter],
    (page, signal) =>
      unwrap(api.GET("/api/bots", { params: { query: { ...page, ...filter } }, signal })),
    {
      size: PAGE_SIZE,
      keep: true,
      every: (rows) => (rows.some(isMoving) ? MOVING_MS : RESTING_MS),
    },
  );

function isMoving({ status, desired_status }: Bot): boolean {
  return status !== "error" && status !== desired_status;
}
