/** Local times of the browser's zone and the moments they name, clock changes included. */
import { Temporal } from "temporal-polyfill";
import { zoneName } from "./zone";

/** One moment that a local time may name, and the zone's offset then, such as "+01:00". */
export type Moment = { iso: string; offset: string };

/** The zone's offset from UTC at a moment, such as "+01:00". */
export function offsetAt(iso: string, zone = zoneName()): string {
  return Temporal.Instant.from(iso).toZonedDateTimeISO(zone).offset;
}

/** What `<input type="datetime-local">` holds for a moment; seconds only where there are some. */
export function toLocal(iso: string, zone = zoneName()): string {
  const at = Temporal.Instant.from(iso).toZonedDateTimeISO(zone);
  return at.toPlainDateTime().toString({ smallestUnit: at.second ? "second" : "minute" });
}

/**
 * The moments that a local time names, in order: none in an hour that a clock change leaves out,
 * two in one that it repeats.
 */
export function momentsOf(local: string, zone = zoneName()): Moment[] {
  const plain = Temporal.PlainDateTime.from(local);
  const found = new Map<string, Moment>();
  for (const disambiguation of ["earlier", "later"] as const) {
    const at = plain.toZonedDateTime(zone, { disambiguation });
    const iso = at.toInstant().toString();
    if (at.toPlainDateTime().equals(plain)) found.set(iso, { iso, offset: at.offset });
  }
  return [...found.values()];
}
