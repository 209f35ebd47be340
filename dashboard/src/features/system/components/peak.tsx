/** The highest point of a chart, and the way from a point to what was logged then. */
import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { linkClass } from "@/components/links";
import { figure, when } from "@/lib/format";
import { rangeAt } from "@/lib/range";

export const AXIS = {
  "10s": "minute",
  minute: "minute",
  hour: "hour",
  day: "day",
  month: "day",
} as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const LENGTHS_MS = {
  "10s": MINUTE_MS,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  month: 31 * 24 * HOUR_MS,
} as const;

type Props<Point> = {
  series: readonly Point[];
  line: { key: keyof Point & string; name: string } | undefined;
  lengthMs: number;
  /** Only lines of this bot. */
  botId?: number;
};

/** Leads to what was logged at the highest point of a line. */
export function Peak<Point extends { at: string }>({
  series,
  line,
  lengthMs,
  botId,
}: Props<Point>) {
  if (!line || series.length === 0) return null;
  const value = (point: Point) => Number(point[line.key] ?? 0);
  const peak = series.reduce((best, point) => (value(point) > value(best) ? point : best));
  if (value(peak) === 0) return null;
  return (
    <Link {...logsOf(peak.at, lengthMs, botId)} className={`text-sm ${linkClass}`}>
      {t`Peak ${figure(value(peak))} (${line.name}), ${when(peak.at)}: log lines`}
    </Link>
  );
}

export function logsOf(at: string, lengthMs: number, botId?: number) {
  return {
    to: "/system",
    search: { tab: "logs", ...rangeAt(at, lengthMs), bot_id: botId },
  } as const;
}
