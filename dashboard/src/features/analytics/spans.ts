/** The spans of time that figures can be asked for, in days. */
export const SPAN_DAYS = ["7", "30", "90", "365"] as const;

export type SpanDays = (typeof SPAN_DAYS)[number];

export function spanName(days: SpanDays): string {
  return days === "365" ? "last year" : `last ${days} days`;
}

/** The period that figures are compared with: "the 30 days before". */
export function periodBefore(days: SpanDays): string {
  return `the ${days} days before`;
}

const DAY_MS = 86_400_000;

export function startOf(days: SpanDays): string {
  return new Date(Date.now() - Number(days) * DAY_MS).toISOString();
}
