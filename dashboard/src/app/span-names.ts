import { t } from "@lingui/core/macro";
import type { HOURS } from "./search";

/** How spans of time are called in a choice. */
export const HOUR_NAMES: Record<(typeof HOURS)[number], string> = {
  "1": t`last hour`,
  "24": t`last 24 hours`,
  "168": t`last 7 days`,
};
