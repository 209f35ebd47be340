import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { LogFilter } from "@/components/log-viewer";

const EVERY_MS = 10_000;

const AROUND_MS = 30_000;

export type SystemLogFilter = LogFilter & {
  source?: string;
  /** Lines of the minute around it. */
  at?: string;
};

/** What every program of the platform logged, newest first. */
export const systemLogsOptions = ({ at, ...filter }: SystemLogFilter) =>
  pagedOptions(
    ["system", "logs", filter, at],
    (page, signal) => {
      const query = { ...page, ...filter, ...(at && minuteAround(at)) };
      return unwrap(api.GET("/api/system/logs", { params: { query }, signal }));
    },
    { every: at ? undefined : EVERY_MS, keep: true },
  );

function minuteAround(at: string) {
  const middle = Date.parse(at);
  return {
    since: new Date(middle - AROUND_MS).toISOString(),
    until: new Date(middle + AROUND_MS).toISOString(),
  };
}
