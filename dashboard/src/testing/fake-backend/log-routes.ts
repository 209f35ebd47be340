import type { LogLine } from "@/api/types";
import { json, list, problem, type Routes } from "./http.ts";
import type { FakeState } from "./state.ts";

const MINUTE_MS = 60_000;
const BARS = 60;
const LEVELS = ["debug", "info", "warning", "error", "critical"] as const;

/** The platform's log. */
export function logRoutes(state: FakeState): Routes {
  const fits = (query: URLSearchParams) =>
    state.logs.filter(
      ({ id, log_level, message }) =>
        id > Number(query.get("after") ?? 0) &&
        (query.get("level") ?? log_level) === log_level &&
        message.includes(query.get("q") ?? ""),
    );
  return {
    "GET /api/system/logs": ({ query }) => list(fits(query).map(whole)),
    "GET /api/system/logs/histogram": ({ query }) => json(histogram(fits(query))),
    "GET /api/system/logs/groups": ({ query }) => json({ items: groups(fits(query)) }),
    "GET /api/system/logs/#/around": ({ id }) => {
      const line = state.logs.find((one) => one.id === id);
      if (!line) return problem(404, "there is no such line in the log any more");
      const before = state.logs.filter((one) => one.id < id).map(whole);
      const after = state.logs.filter((one) => one.id > id).map(whole);
      return json({ before: before.toReversed(), line: whole(line), after: after.toReversed() });
    },
  };
}

function whole(line: LogLine) {
  return { source: "worker", bot_id: null, broadcast_id: null, ad_id: null, ...line };
}

function histogram(lines: LogLine[]) {
  const newest = Math.max(...lines.map(({ timestamp }) => Date.parse(timestamp)), 0);
  const start = Math.floor((newest || Date.now()) / MINUTE_MS - BARS + 1) * MINUTE_MS;
  const series = Array.from({ length: BARS }, (_, index) => {
    const at = start + index * MINUTE_MS;
    const those = lines.filter(({ timestamp }) => {
      const past = Date.parse(timestamp) - at;
      return past >= 0 && past < MINUTE_MS;
    });
    const many = LEVELS.map((level) => [
      level,
      those.filter((one) => one.log_level === level).length,
    ]);
    return { at: iso(at), ...Object.fromEntries(many) };
  });
  return { from: iso(start), to: iso(start + BARS * MINUTE_MS), step_seconds: 60, series };
}

function groups(lines: LogLine[]) {
  const messages = new Set(lines.map(({ message }) => message));
  const found = [...messages].map((message) => lines.filter((line) => line.message === message));
  return found.map((equal) => ({
    ...whole(equal[0] as LogLine),
    count: equal.length,
    first_seen: equal.at(-1)?.timestamp,
    last_seen: equal[0]?.timestamp,
    last_id: equal[0]?.id,
  }));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
