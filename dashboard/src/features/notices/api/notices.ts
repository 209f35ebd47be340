import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { chatOptions } from "@/api/linked-chat";
import type { Answer, Body } from "@/api/types";

export type Notice = Answer<"/api/auth/notices">["items"][number];

/** By which way one is told of what. */
export const noticesOptions = queryOptions({
  queryKey: ["notices"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/auth/notices", { signal })),
});

/** Makes a deep link for Telegram; it takes when the chat was linked that is there until then. */
export function useBeginLink() {
  return useMutation({
    mutationFn: (_linkedAt: string | null) => unwrap(api.POST("/api/auth/chat/link")),
  });
}

export function useUnlinkChat() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/auth/chat")),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries(chatOptions),
        client.invalidateQueries(noticesOptions),
      ]),
  });
}

export function useChooseNotices() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<"/api/auth/notices", "patch">) =>
      unwrap(api.PATCH("/api/auth/notices", { body })),
    onSuccess: (answer) => client.setQueryData(noticesOptions.queryKey, answer),
  });
}
