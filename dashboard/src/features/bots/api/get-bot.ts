import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { unlessTold } from "@/api/live";

const EVERY_MS = 3_000;

export const botOptions = (id: number) =>
  queryOptions({
    queryKey: ["bots", "one", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/bots/{bot_id}", { params: { path: { bot_id: id } }, signal })),
    refetchInterval: () => unlessTold(EVERY_MS),
  });
