/** A span of time that a page shows: of the last hours, or between two moments. */
import { hoursAgo } from "./spans";

export const HOURS = ["1", "24", "168", "720"] as const;
export type Hours = (typeof HOURS)[number];

export type Range = {
  hours?: Hours;
  /** In ISO 8601; with these `hours` do not matter. */
  from?: string;
  to?: string;
};

type Span = { from: string; to: string | undefined };

/** From when to when a range is at this moment. A span that ends now goes on. */
export function spanOf({ hours = "1", from, to }: Range): Span {
  return from ? { from, to } : { from: hoursAgo(Number(hours)), to: undefined };
}

/** Whether a range ends now, and new things come into it. */
export function isOpen({ from, to }: Range): boolean {
  return !from || !to;
}

const MINUTE_MS = 60_000;

/** The range from a moment on, as long as a step of a chart, of whole minutes. */
export function rangeAt(at: string, stepMs = MINUTE_MS): Range {
  const length = Math.max(stepMs, MINUTE_MS);
  const start = Math.floor(Date.parse(at) / MINUTE_MS) * MINUTE_MS;
  return { hours: undefined, from: iso(start), to: iso(start + length) };
}

/** The minute around a moment. */
export function rangeAround(at: string): Range {
  const middle = Date.parse(at);
  return { hours: undefined, from: iso(middle - MINUTE_MS / 2), to: iso(middle + MINUTE_MS / 2) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
