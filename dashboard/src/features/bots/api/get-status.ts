import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { unlessTold } from "@/api/live";

const EVERY_MS = 3_000;

/** How the bot's session is doing right now. */
export const botStatusOptions = (id: number) =>
  queryOptions({
    queryKey: ["bots", "status", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/bots/{bot_id}/status", { params: { path: { bot_id: id } }, signal })),
    refetchInterval: () => unlessTold(EVERY_MS),
  });
