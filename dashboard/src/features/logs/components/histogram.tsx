import { plural, t } from "@lingui/core/macro";
import { type PointerEvent, useState } from "react";
import { count, exactSpan } from "@/lib/format";
import { LOG_LEVELS } from "@/lib/log-levels";
import { words } from "@/lib/words";
import type { Bars } from "../api/logs";

type Bar = Bars["series"][number];
type Props = { bars: Bars; onSpan: (from: string, to: string) => void };

const COLORS = {
  debug: "bg-pending",
  info: "bg-skipped",
  warning: "bg-blocked",
  error: "bg-failed",
  critical: "bg-unknown",
} as const;

const total = (bar: Bar) => LOG_LEVELS.reduce((sum, level) => sum + bar[level], 0);

/**
 * Lines by level over time. A slider lies over the bars: the arrow keys go from bar to bar, Enter or
 * a click shows the lines of one.
 */
export function Histogram({ bars, onSpan }: Props) {
  const { series, step_seconds } = bars;
  const [at, setAt] = useState<number | null>(null);
  const highest = Math.max(1, ...series.map(total));
  const shown = at === null ? undefined : series[Math.min(at, series.length - 1)];
  const open = (index: number) => {
    const bar = series[index];
    if (bar) onSpan(bar.at, endOf(bar, step_seconds));
  };
  const under = ({ clientX, currentTarget }: PointerEvent<HTMLInputElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const place = Math.floor(((clientX - left) / width) * series.length);
    return Math.min(Math.max(place, 0), series.length - 1);
  };
  return (
    <div>
      <div className="relative">
        <div aria-hidden className="flex h-24 items-end gap-px">
          {series.map((bar, index) => (
            <Column key={bar.at} bar={bar} highest={highest} active={index === at} />
          ))}
        </div>
        <input
          type="range"
          className="absolute inset-0 size-full cursor-pointer appearance-none rounded opacity-0 focus-visible:opacity-100 [&::-moz-range-thumb]:opacity-0 [&::-webkit-slider-thumb]:opacity-0"
          style={{ background: "transparent" }}
          aria-label={t`Lines over time; Enter shows those of one bar`}
          min={0}
          max={series.length - 1}
          value={at ?? series.length - 1}
          aria-valuetext={textOf(shown ?? series.at(-1), step_seconds)}
          onChange={({ target }) => setAt(Number(target.value))}
          onKeyDown={({ key }) => key === "Enter" && open(at ?? series.length - 1)}
          onPointerMove={(event) => setAt(under(event))}
          onPointerLeave={() => setAt(null)}
          onPointerUp={(event) => open(under(event))}
        />
      </div>
      <Legend bars={bars} shown={shown} />
    </div>
  );
}

function Column({ bar, highest, active }: { bar: Bar; highest: number; active: boolean }) {
  return (
    <div
      className={`flex h-full min-w-px flex-1 flex-col-reverse rounded-sm ${active ? "bg-accent-soft" : ""}`}
    >
      {LOG_LEVELS.filter((level) => bar[level] > 0).map((level) => (
        <div
          key={level}
          className={`min-h-0.5 ${COLORS[level]}`}
          style={{ height: `${(bar[level] / highest) * 100}%` }}
        />
      ))}
    </div>
  );
}

function Legend({ bars, shown }: { bars: Bars; shown: Bar | undefined }) {
  const { series, from, to, step_seconds } = bars;
  const sums = LOG_LEVELS.map((level) => ({
    level,
    many: shown ? shown[level] : series.reduce((sum, bar) => sum + bar[level], 0),
  }));
  return (
    <div className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
      <span className="tabular-nums">
        {shown ? exactSpan(shown.at, endOf(shown, step_seconds)) : exactSpan(from, to)}
      </span>
      <ul className="flex flex-wrap gap-x-4">
        {sums
          .filter(({ many }) => many > 0)
          .map(({ level, many }) => (
            <li key={level} className="flex items-center gap-1.5">
              <span aria-hidden className={`size-2 rounded-sm ${COLORS[level]}`} />
              {words(level)} <span className="tabular-nums text-ink">{count(many)}</span>
            </li>
          ))}
      </ul>
    </div>
  );
}

function endOf(bar: Bar, seconds: number): string {
  return new Date(Date.parse(bar.at) + seconds * 1000).toISOString();
}

function textOf(bar: Bar | undefined, seconds: number): string {
  if (!bar) return "";
  const lines = plural(total(bar), { one: "# line", other: "# lines" });
  return `${exactSpan(bar.at, endOf(bar, seconds))}: ${lines}`;
}
