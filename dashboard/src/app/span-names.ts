import type { DAYS, HOURS } from "./search";

/** How spans of time are called in a choice. */
export const DAY_NAMES: Record<(typeof DAYS)[number], string> = {
  "1": "last 24 hours",
  "7": "last 7 days",
  "30": "last 30 days",
};

export const HOUR_NAMES: Record<(typeof HOURS)[number], string> = {
  "1": "last hour",
  "24": "last 24 hours",
  "168": "last 7 days",
};
