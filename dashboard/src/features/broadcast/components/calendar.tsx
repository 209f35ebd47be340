/** Broadcasts on the days on which they go out. It brings the library of dates with it. */
import { plural, t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { rowsOf } from "@/api/pages";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { QueryView } from "@/components/ui/query-view";
import { dayBeside, dayOf, daysAround, sameMonth, spanOfDays, today } from "@/lib/calendar";
import { dayOfMonth, fullDay, monthName, spanName, weekday } from "@/lib/format";
import type { CalendarView } from "@/lib/spans";
import {
  type BroadcastFilter,
  type BroadcastRow,
  broadcastsOutOptions,
  goesOut,
} from "../api/list-broadcasts";
import { CalendarEntry } from "./calendar-entry";

type Props = {
  filter: BroadcastFilter;
  view: CalendarView;
  /** A day that is shown; today where it is undefined. */
  day: string | undefined;
  onShow: (view: CalendarView, day: string | undefined) => void;
};

export default function Calendar({ filter, view, day = today(), onShow }: Props) {
  const days = daysAround(day, view);
  const query = useInfiniteQuery(broadcastsOutOptions(filter, spanOfDays(days)));
  const name = view === "week" ? spanName(days[0] ?? day, days.at(-1) ?? day) : monthName(day);
  return (
    <Card
      title={
        <span aria-live="polite" className="inline-block first-letter:uppercase">
          {name}
        </span>
      }
      aside={
        <div className="flex gap-1">
          <Button
            icon={<ChevronLeft aria-hidden />}
            aria-label={view === "week" ? t`Week before` : t`Month before`}
            onClick={() => onShow(view, dayBeside(day, view, -1))}
          />
          <Button onClick={() => onShow(view, undefined)}>{t`Today`}</Button>
          <Button
            icon={<ChevronRight aria-hidden />}
            aria-label={view === "week" ? t`Week after` : t`Month after`}
            onClick={() => onShow(view, dayBeside(day, view, 1))}
          />
        </div>
      }
      flush
    >
      <QueryView query={query} what={t`broadcasts`} rows={8}>
        {(data) => <Days name={name} days={days} rows={rowsOf(data)} view={view} day={day} />}
      </QueryView>
      <LoadMore query={query} />
    </Card>
  );
}

type DaysProps = {
  name: string;
  days: string[];
  rows: BroadcastRow[];
  view: CalendarView;
  day: string;
};

/** A grid of weeks; on a narrow screen a list of the days on which something goes out. */
function Days({ name, days, rows, view, day }: DaysProps) {
  const byDay = new Map<string, BroadcastRow[]>();
  for (const row of rows.toSorted((one, other) => goesOut(one).localeCompare(goesOut(other)))) {
    const at = dayOf(goesOut(row));
    byDay.set(at, [...(byDay.get(at) ?? []), row]);
  }
  return (
    <>
      {rows.length === 0 && (
        <p className="px-4 py-3 text-sm text-muted">{t`Nothing goes out in this time.`}</p>
      )}
      <div aria-hidden className="hidden grid-cols-7 border-b border-line sm:grid">
        {days.slice(0, 7).map((shown) => (
          <span key={shown} className="px-2 py-1 text-xs font-medium text-muted">
            {weekday(shown)}
          </span>
        ))}
      </div>
      <ol aria-label={name} className="sm:grid sm:grid-cols-7">
        {days.map((shown) => (
          <Day
            key={shown}
            day={shown}
            view={view}
            beyond={view === "month" && !sameMonth(shown, day)}
            rows={byDay.get(shown) ?? []}
          />
        ))}
      </ol>
    </>
  );
}

/** As many as a day of a month shows; its week shows all. */
const FEW = 3;

type DayProps = { day: string; view: CalendarView; beyond: boolean; rows: BroadcastRow[] };

function Day({ day, view, beyond, rows }: DayProps) {
  const shown = view === "week" ? rows : rows.slice(0, FEW);
  const more = rows.length - shown.length;
  const now = day === today();
  return (
    <li
      aria-current={now ? "date" : undefined}
      className={`min-w-0 border-line p-2 not-last:border-b sm:nth-last-[-n+7]:border-b-0 sm:not-[:nth-child(7n)]:border-r ${rows.length ? "" : "hidden sm:block"} ${view === "week" ? "sm:min-h-64" : "sm:min-h-28"} ${beyond ? "bg-page" : ""}`}
    >
      <h3
        className={`mb-1 inline-block rounded-full text-sm sm:text-xs ${now ? "bg-accent px-2 font-semibold text-accent-ink" : "text-muted"}`}
      >
        <span className="inline-block first-letter:uppercase sm:sr-only">{fullDay(day)}</span>
        <span aria-hidden className="hidden sm:inline">
          {dayOfMonth(day)}
        </span>
      </h3>
      <ul className="flex flex-col gap-1">
        {shown.map((row) => (
          <CalendarEntry key={row.broadcast_id} row={row} whole={view === "week"} />
        ))}
      </ul>
      {more > 0 && (
        <Link
          from="/broadcasts"
          to="."
          search={(old) => ({ ...old, view: "week", day })}
          className="mt-1 block rounded px-1 text-xs text-muted hover:text-ink hover:underline"
        >
          {plural(more, { one: "# more", other: "# more" })}
        </Link>
      )}
    </li>
  );
}
