import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { LogFilter } from "@/components/log-viewer";

const EVERY_MS = 10_000;

export type SystemLogFilter = LogFilter & { source?: string };

/** What every program of the platform logged, newest first. */
export const systemLogsOptions = (filter: SystemLogFilter) =>
  pagedOptions(
    ["system", "logs", filter],
    (page, signal) =>
      unwrap(api.GET("/api/system/logs", { params: { query: { ...page, ...filter } }, signal })),
    { every: EVERY_MS, keep: true },
  );
