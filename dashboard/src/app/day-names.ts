import type { DAYS } from "./search";

/** How a number of days is called in a choice. */
export const DAY_NAMES: Record<(typeof DAYS)[number], string> = {
  "1": "last 24 hours",
  "7": "last 7 days",
  "30": "last 30 days",
};
