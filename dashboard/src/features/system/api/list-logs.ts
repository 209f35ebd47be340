import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";
import type { LogFilter } from "@/components/log-viewer";

const EVERY_MS = 10_000;

export type SystemLogFilter = LogFilter & { source?: string };

/** What every program of the platform logged, newest first. */
export const systemLogsOptions = (filter: SystemLogFilter) =>
  infiniteQueryOptions({
    queryKey: ["system", "logs", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE_SIZE, cursor: pageParam, ...filter };
      return unwrap(api.GET("/api/system/logs", { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
    refetchInterval: EVERY_MS,
  });
