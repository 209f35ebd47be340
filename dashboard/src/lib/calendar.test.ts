import { expect, test } from "vitest";
import { dayBeside, dayOf, daysAround, spanOfDays } from "./calendar";

const ends = (days: string[]) => [days[0], days.at(-1), days.length];

test("a month is shown in whole weeks from Monday on, whatever its first day", () => {
  expect(ends(daysAround("2026-11-28", "month"))).toEqual(["2026-10-26", "2026-12-06", 42]);
  expect(ends(daysAround("2027-02-01", "month"))).toEqual(["2027-02-01", "2027-02-28", 28]);
  expect(ends(daysAround("2026-11-29", "week"))).toEqual(["2026-11-23", "2026-11-29", 7]);
});

test("a day is the zone's, also where the clocks change on it", () => {
  expect(dayOf("2026-11-28T22:30:00Z", "Europe/Berlin")).toBe("2026-11-28");
  expect(dayOf("2026-11-28T23:30:00Z", "Europe/Berlin")).toBe("2026-11-29");
  expect(spanOfDays(["2026-10-25"], "Europe/Berlin")).toEqual({
    from: "2026-10-24T22:00:00Z",
    to: "2026-10-25T23:00:00Z",
  });
});

test("the month after the last of January is February", () => {
  expect(dayBeside("2027-01-31", "month", 1)).toBe("2027-02-28");
  expect(dayBeside("2026-11-28", "week", -1)).toBe("2026-11-21");
});
