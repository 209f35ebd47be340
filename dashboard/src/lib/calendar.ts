/** Days of the viewer's zone in weeks and months, written "2026-11-28". Weeks begin on Monday. */
import { Temporal } from "temporal-polyfill";
import type { CalendarView } from "./spans";
import { zoneName } from "./zone";

const WEEK_DAYS = 7;

export function today(zone = zoneName()): string {
  return Temporal.Now.plainDateISO(zone).toString();
}

/** The day on which a moment is. */
export function dayOf(iso: string, zone = zoneName()): string {
  return Temporal.Instant.from(iso).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** The days that a view of a day shows: its week, or the whole weeks that its month touches. */
export function daysAround(day: string, view: CalendarView): string[] {
  const date = Temporal.PlainDate.from(day);
  const first = monday(view === "week" ? date : date.with({ day: 1 }));
  const last = view === "week" ? date : date.with({ day: date.daysInMonth });
  const many = first.until(monday(last)).days + WEEK_DAYS;
  return Array.from({ length: many }, (_, index) => first.add({ days: index }).toString());
}

function monday(date: Temporal.PlainDate): Temporal.PlainDate {
  return date.subtract({ days: date.dayOfWeek - 1 });
}

/** The moments between which days are in the zone, in ISO 8601: the end is no more in them. */
export function spanOfDays(days: readonly string[], zone = zoneName()) {
  const start = (date: Temporal.PlainDate) => date.toZonedDateTime(zone).toInstant().toString();
  const [first, last] = [days[0], days.at(-1)].map((day) =>
    Temporal.PlainDate.from(day ?? today()),
  );
  return {
    from: start(first as Temporal.PlainDate),
    to: start((last as Temporal.PlainDate).add({ days: 1 })),
  };
}

/** A day of the view before this one (-1), or after it (1). */
export function dayBeside(day: string, view: CalendarView, by: -1 | 1): string {
  const step = view === "week" ? { weeks: by } : { months: by };
  return Temporal.PlainDate.from(day).add(step).toString();
}

export function sameMonth(one: string, other: string): boolean {
  return one.slice(0, 7) === other.slice(0, 7);
}
