import { expect, test } from "vitest";
import { momentsOf, offsetAt, toLocal } from "./time";

const isos = (local: string, zone: string) => momentsOf(local, zone).map(({ iso }) => iso);

test("a local time outside of clock changes names one moment", () => {
  expect(isos("2026-07-01T12:00", "Europe/Berlin")).toEqual(["2026-07-01T10:00:00Z"]);
  expect(isos("2026-07-01T12:00:30", "Asia/Kathmandu")).toEqual(["2026-07-01T06:15:30Z"]);
});

test("an hour that the clocks repeat names two, and one that they skip none", () => {
  expect(isos("2026-10-25T02:30", "Europe/Berlin")).toEqual([
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
  ]);
  expect(isos("2026-03-29T02:30", "Europe/Berlin")).toEqual([]);
  // Lord Howe moves its clocks by half an hour.
  expect(isos("2026-04-05T01:45", "Australia/Lord_Howe")).toEqual([
    "2026-04-04T14:45:00Z",
    "2026-04-04T15:15:00Z",
  ]);
  expect(isos("2026-10-04T02:15", "Australia/Lord_Howe")).toEqual([]);
});

test("a moment is shown in its zone, with its seconds and its offset", () => {
  expect(toLocal("2026-10-25T01:30:00Z", "Europe/Berlin")).toBe("2026-10-25T02:30");
  expect(toLocal("2026-10-25T01:30:07Z", "Europe/Berlin")).toBe("2026-10-25T02:30:07");
  expect(offsetAt("2026-10-25T00:30:00Z", "Europe/Berlin")).toBe("+02:00");
  expect(offsetAt("2026-10-25T01:30:00Z", "Europe/Berlin")).toBe("+01:00");
});
