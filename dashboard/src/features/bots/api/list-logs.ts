import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";
import type { LogFilter } from "@/components/log-viewer";

export const botLogsOptions = (id: number, filter: LogFilter) =>
  infiniteQueryOptions({
    queryKey: ["bots", "logs", id, filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE_SIZE, cursor: pageParam, ...filter };
      const params = { path: { bot_id: id }, query };
      return unwrap(api.GET("/api/bots/{bot_id}/logs", { params, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });
