import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { LogFilter } from "@/components/logs/log-viewer";

export const botLogsOptions = (bot_id: number, filter: LogFilter) =>
  pagedOptions(["bots", "logs", bot_id, filter], (page, signal) => {
    const params = { path: { bot_id }, query: { ...page, ...filter } };
    return unwrap(api.GET("/api/bots/{bot_id}/logs", { params, signal }));
  });
