import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Chat } from "@/api/types";

export const CHAT_STATES = ["active", "unsubscribed", "blocked", "gone"] as const;

export type ChatFilter = { status?: Chat["status"]; q?: string };

export const botChatsOptions = (bot_id: number, filter: ChatFilter) =>
  pagedOptions(["bots", "chats", bot_id, filter], (page, signal) => {
    const params = { path: { bot_id }, query: { ...page, ...filter } };
    return unwrap(api.GET("/api/bots/{bot_id}/chats", { params, signal }));
  });
