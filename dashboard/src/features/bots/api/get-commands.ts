import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

export const commandsOptions = (id: number) =>
  queryOptions({
    queryKey: ["bots", "commands", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/bots/{bot_id}/commands", { params: { path: { bot_id: id } }, signal })),
    // An editor works on it: a reading in the background must not overwrite what was typed.
    refetchOnWindowFocus: false,
  });
