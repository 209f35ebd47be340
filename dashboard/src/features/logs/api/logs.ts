import { keepPreviousData, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Answer } from "@/api/types";
import type { LogLevel } from "@/lib/log-levels";
import { isOpen, type Range, spanOf } from "@/lib/range";

export type SystemLine = Answer<"/api/system/logs">["items"][number];
export type Group = Answer<"/api/system/logs/groups">["items"][number];
export type Bars = Answer<"/api/system/logs/histogram">;
export type Same = "source" | "bot" | "request" | "broadcast" | "all";

/** Programs and parts that write lines. */
export const LOG_SOURCES = ["api", "worker", "fleet", "backup"] as const;

export type LogFilter = Range & {
  level?: LogLevel;
  source?: string;
  bot_id?: number;
  broadcast_id?: number;
  request_id?: string;
  q?: string;
};

const PAGE_SIZE = 200;
const COUNTED_EVERY_MS = 30_000;
const TAIL_EVERY_MS = 3_000;
/** Polls that are asked again for: what is written last may become visible a moment later. */
const OVERLAP = 3;

function asked({ hours, from, to, ...filter }: LogFilter) {
  const span = spanOf({ hours, from, to });
  return { ...filter, since: span.from, until: span.to };
}

/** Lines of the platform's log, newest first. */
export const linesOptions = (filter: LogFilter) =>
  pagedOptions(
    ["system", "logs", "lines", filter],
    (page, signal) =>
      unwrap(
        api.GET("/api/system/logs", { params: { query: { ...page, ...asked(filter) } }, signal }),
      ),
    { size: PAGE_SIZE, keep: true },
  );

/** Lines by level over the time of the filter. */
export const histogramOptions = (filter: LogFilter) =>
  queryOptions({
    queryKey: ["system", "logs", "histogram", filter],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/system/logs/histogram", { params: { query: asked(filter) }, signal })),
    refetchInterval: isOpen(filter) && COUNTED_EVERY_MS,
    placeholderData: keepPreviousData,
  });

/** Equal messages together, the most frequent first. */
export const groupsOptions = (filter: LogFilter) =>
  queryOptions({
    queryKey: ["system", "logs", "groups", filter],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/system/logs/groups", { params: { query: asked(filter) }, signal })),
    refetchInterval: isOpen(filter) && COUNTED_EVERY_MS,
    placeholderData: keepPreviousData,
  });

/** A line with those before and after it that have the same in common with it. */
export const aroundOptions = (log_id: number, same: Same, lines: number) =>
  queryOptions({
    queryKey: ["system", "logs", "around", log_id, same, lines],
    queryFn: ({ signal }) => {
      const params = { path: { log_id }, query: { same, lines } };
      return unwrap(api.GET("/api/system/logs/{log_id}/around", { params, signal }));
    },
    placeholderData: keepPreviousData,
  });

type Tail = { lines: SystemLine[]; newest: number[] };

/** Lines that came since the list was read, newest first; asked for while the page is seen. */
export function useTail(
  filter: LogFilter,
  newest: number | undefined,
  live: boolean,
): SystemLine[] {
  const client = useQueryClient();
  const queryKey = ["system", "logs", "tail", filter, newest];
  const { data } = useQuery({
    queryKey,
    enabled: live && newest !== undefined,
    queryFn: async ({ signal }): Promise<Tail> => {
      const known = client.getQueryData<Tail>(queryKey) ?? { lines: [], newest: [newest ?? 0] };
      const fresh = await written(filter, known.newest[0] ?? 0, signal);
      const ids = new Set(fresh.map(({ id }) => id));
      const lines = [...fresh, ...known.lines.filter(({ id }) => !ids.has(id))];
      lines.sort((one, other) => other.id - one.id);
      const last = Math.max(lines[0]?.id ?? 0, known.newest.at(-1) ?? 0);
      return { lines, newest: [...known.newest, last].slice(-OVERLAP) };
    },
    refetchInterval: TAIL_EVERY_MS,
    staleTime: 0,
    gcTime: 0,
  });
  return data?.lines ?? [];
}

/** All lines that were written after one. */
async function written(filter: LogFilter, after: number, signal: AbortSignal) {
  const lines: SystemLine[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...asked(filter), limit: PAGE_SIZE, after, cursor };
    const page = await unwrap(api.GET("/api/system/logs", { params: { query }, signal }));
    lines.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return lines;
}

/** Where the browser fetches all lines that fit as a file. */
export function exportAddress(filter: LogFilter, format: "csv" | "json"): string {
  const given = Object.entries({ ...asked(filter), format }).filter(([, value]) => value != null);
  return `/api/system/logs/export?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
}
