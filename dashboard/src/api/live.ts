/**
 * The event stream: the platform says what has changed, and what shows that is read again.
 *
 * While the stream is open, queries that it tells of are read again seldom by themselves
 * (`unlessTold`); where it cannot be opened, as often as without it. A hidden tab has none, and goes
 * on after the last event once it is seen again.
 */
import type { InfiniteData, Query, QueryClient, QueryKey } from "@tanstack/react-query";
import { at } from "./below";

const ADDRESS = at("/api/events");
const TOLD_MS = 60_000;
/** The platform is heard every 20 seconds, if only to say that it is there. */
const SILENT_MS = 50_000;
const SOONEST_MS = 2_000;
const LATEST_MS = 60_000;

type Topic = "bots" | "ads" | "broadcasts" | "exports" | "privacy" | "users" | "errors" | "system";
type Ids = ReadonlySet<number>;

type Rule = {
  topic: Topic;
  /** Which queries show it, by their keys; no ids are any. */
  shows: (key: QueryKey, ids: Ids) => boolean;
  /** How long they are left alone after they were read again. */
  pauseMs: number;
};

const RULES: Rule[] = [
  { topic: "bots", pauseMs: 3_000, shows: of("bots", ["list"]) },
  { topic: "bots", pauseMs: 1_000, shows: ofOne("bots", ["one", "status"]) },
  { topic: "ads", pauseMs: 3_000, shows: of("ads", ["list", "broadcasts"]) },
  { topic: "ads", pauseMs: 1_000, shows: ofOne("ads", ["one", "statistics"]) },
  { topic: "broadcasts", pauseMs: 3_000, shows: of("ads", ["broadcasts"]) },
  { topic: "broadcasts", pauseMs: 1_000, shows: ofOne("ads", ["statistics"]) },
  { topic: "broadcasts", pauseMs: 5_000, shows: ofOne("ads", ["recipients"]) },
  { topic: "exports", pauseMs: 1_500, shows: ([area]) => area === "exports" },
  { topic: "privacy", pauseMs: 3_000, shows: of("privacy", ["erasures"]) },
  { topic: "users", pauseMs: 3_000, shows: of("users", ["list", "invitations"]) },
  { topic: "bots", pauseMs: 10_000, shows: ([area]) => area === "quotas" },
  { topic: "ads", pauseMs: 10_000, shows: ([area]) => area === "quotas" },
  { topic: "errors", pauseMs: 10_000, shows: of("system", ["errors"]) },
  { topic: "system", pauseMs: 3_000, shows: of("system", ["status"]) },
];

function of(area: string, kinds: string[]) {
  return (key: QueryKey) => key[0] === area && kinds.includes(String(key[1]));
}

function ofOne(area: string, kinds: string[]) {
  const shows = of(area, kinds);
  return (key: QueryKey, ids: Ids) => shows(key) && (ids.size === 0 || ids.has(Number(key[2])));
}

let live = false;

/** How often a query is read again that a topic tells of: each `ms` where no stream is open. */
export function unlessTold(ms: number, told = TOLD_MS): number {
  return live ? Math.max(ms, told) : ms;
}

/** Follows the stream and has what has changed read again, until the returned function is called. */
export function follow(client: QueryClient): () => void {
  let source: EventSource | null = null;
  let last = "";
  let wait = SOONEST_MS;
  let alarm: ReturnType<typeof setTimeout> | undefined;
  const readers = RULES.map((rule) => ({ topic: rule.topic, ...refresher(client, rule) }));

  function open() {
    clearTimeout(alarm);
    if (source || document.hidden) return;
    source = new EventSource(last ? `${ADDRESS}?after=${encodeURIComponent(last)}` : ADDRESS);
    source.addEventListener("error", () => {
      setLive(client, false);
      // Where the answer was none, the browser gives up; after a cut it tries again by itself.
      if (source?.readyState === EventSource.CLOSED) later();
    });
    source.addEventListener("ready", heard);
    source.addEventListener("beat", heard);
    source.addEventListener("reset", (event) => {
      heard(event);
      for (const { tell } of readers) tell([]);
    });
    source.addEventListener("changed", (event) => {
      heard(event);
      const said: Partial<Record<Topic, number[]>> = JSON.parse(event.data);
      for (const { topic, tell } of readers) if (said[topic]) tell(said[topic]);
    });
  }

  function heard({ lastEventId }: MessageEvent) {
    if (lastEventId) last = lastEventId;
    wait = SOONEST_MS;
    setLive(client, true);
    clearTimeout(alarm);
    alarm = setTimeout(() => {
      setLive(client, false);
      later();
    }, SILENT_MS);
  }

  function later() {
    close();
    alarm = setTimeout(open, wait);
    wait = Math.min(2 * wait, LATEST_MS);
  }

  function close() {
    clearTimeout(alarm);
    source?.close();
    source = null;
  }

  const look = () => (document.hidden ? close() : open());
  if (typeof EventSource !== "undefined") {
    document.addEventListener("visibilitychange", look);
    open();
  }
  return () => {
    document.removeEventListener("visibilitychange", look);
    close();
    for (const { stop } of readers) stop();
    live = false;
  };
}

/** Reads again what a rule names: at once, then not before its pause is over. */
function refresher(client: QueryClient, { shows, pauseMs }: Rule) {
  let waiting: Set<number> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function read() {
    timer = undefined;
    if (!waiting) return;
    const ids = waiting;
    const predicate = (query: Query) => isShort(query) && shows(query.queryKey, ids);
    // What is being read may have been asked for before the change.
    if (client.isFetching({ predicate }) === 0) {
      waiting = null;
      void client.invalidateQueries({ predicate });
    }
    timer = setTimeout(read, pauseMs);
  }

  return {
    tell(ids: number[]) {
      const before = waiting;
      const any = ids.length === 0 || before?.size === 0;
      waiting = new Set(any ? [] : [...(before ?? []), ...ids]);
      if (timer === undefined) read();
    },
    stop: () => clearTimeout(timer),
  };
}

/** Has each query look again at how often it is to be read. */
function setLive(client: QueryClient, now: boolean): void {
  if (live === now) return;
  live = now;
  for (const query of client.getQueryCache().getAll())
    for (const observer of query.observers) observer.setOptions(observer.options);
}

/** A list of several pages costs a request for each: it is read again by its own clock alone. */
function isShort({ state }: Query): boolean {
  const pages = (state.data as InfiniteData<unknown> | undefined)?.pages;
  return !Array.isArray(pages) || pages.length < 2;
}
