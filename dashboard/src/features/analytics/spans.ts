import { plural } from "@lingui/core/macro";
import { spanOfDays } from "@/lib/spans";

/** The spans of time that figures can be asked for, in days. */
export const SPAN_DAYS = ["7", "30", "90", "365"] as const;

export type SpanDays = (typeof SPAN_DAYS)[number];

export function spanName(days: SpanDays): string {
  return spanOfDays(Number(days));
}

/** The period that figures are compared with: "the 30 days before". */
export function periodBefore(days: SpanDays): string {
  return plural(Number(days), { one: "the day before", other: "the # days before" });
}
