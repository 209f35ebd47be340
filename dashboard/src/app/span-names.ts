import type { HOURS } from "./search";

/** How spans of time are called in a choice. */
export const HOUR_NAMES: Record<(typeof HOURS)[number], string> = {
  "1": "last hour",
  "24": "last 24 hours",
  "168": "last 7 days",
};
