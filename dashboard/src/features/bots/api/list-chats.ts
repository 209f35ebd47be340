import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";
import type { Chat } from "@/api/types";

export const CHAT_STATES = ["active", "unsubscribed", "blocked", "gone"] as const;

export type ChatFilter = { status?: Chat["status"]; q?: string };

export const botChatsOptions = (id: number, filter: ChatFilter) =>
  infiniteQueryOptions({
    queryKey: ["bots", "chats", id, filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE_SIZE, cursor: pageParam, ...filter };
      const params = { path: { bot_id: id }, query };
      return unwrap(api.GET("/api/bots/{bot_id}/chats", { params, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });
