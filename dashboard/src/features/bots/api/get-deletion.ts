import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** What deleting the bot would erase, and what would stay. */
export const deletionOptions = (id: number) =>
  queryOptions({
    queryKey: ["bots", "deletion", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/bots/{bot_id}/deletion", { params: { path: { bot_id: id } }, signal })),
    staleTime: 0,
  });
