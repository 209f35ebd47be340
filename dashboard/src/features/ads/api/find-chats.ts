import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const MOST = 20;

/** Subscribers of a bot whose name fits, to send a test to. */
export const chatsToTestOptions = (bot_id: number, q: string) =>
  queryOptions({
    queryKey: ["ads", "chats-to-test", bot_id, q],
    queryFn: ({ signal }) => {
      const query = { limit: MOST, status: "active", q: q || undefined } as const;
      const params = { path: { bot_id }, query };
      return unwrap(api.GET("/api/bots/{bot_id}/chats", { params, signal }));
    },
    enabled: bot_id > 0,
    placeholderData: keepPreviousData,
  });
