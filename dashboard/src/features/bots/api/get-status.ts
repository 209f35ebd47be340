import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const EVERY_MS = 3_000;

/** How the bot's session is doing right now. */
export const botStatusOptions = (id: number) =>
  queryOptions({
    queryKey: ["bots", "status", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/bots/{bot_id}/status", { params: { path: { bot_id: id } }, signal })),
    refetchInterval: EVERY_MS,
  });
