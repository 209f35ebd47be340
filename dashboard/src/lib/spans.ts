/** Starts of spans that end now, in ISO 8601, and what they are called. */
import { plural, t } from "@lingui/core/macro";

/** How far back a list may be asked for, in days. */
export const SINCE_DAYS = ["1", "7", "30", "365"] as const;
export type SinceDays = (typeof SINCE_DAYS)[number];

/** How much a calendar shows at once. */
export const CALENDAR_VIEWS = ["month", "week"] as const;
export type CalendarView = (typeof CALENDAR_VIEWS)[number];

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

export function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * HOUR_MS).toISOString();
}

export function daysAgo(days: number): string {
  return hoursAgo(days * DAY_HOURS);
}

/** "last 24 hours", "last 7 days", "last year". */
export function spanOfDays(days: number): string {
  if (days === 1) return t`last 24 hours`;
  return days === 365 ? t`last year` : plural(days, { one: "last day", other: "last # days" });
}
