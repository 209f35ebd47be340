import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Answer } from "@/api/types";

export type Message = Answer<"/api/bots/{bot_id}/messages">["items"][number];

export const DIRECTIONS = ["in", "out"] as const;

export type MessageFilter = { direction?: Message["direction"]; chat_id?: number };

/** What a bot got and sent, newest first. */
export const messagesOptions = (bot_id: number, filter: MessageFilter) =>
  pagedOptions(["bots", "messages", bot_id, filter], (page, signal) => {
    const params = { path: { bot_id }, query: { ...page, ...filter } };
    return unwrap(api.GET("/api/bots/{bot_id}/messages", { params, signal }));
  });
