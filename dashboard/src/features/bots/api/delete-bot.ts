import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { refreshBotLists } from "./refresh";

/** Stops and deletes a bot: it is gone at once, its rows are erased after it, sums stay. */
export function useDeleteBot(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(api.DELETE("/api/bots/{bot_id}", { params: { path: { bot_id: id } } })),
    onSuccess: () => void refreshBotLists(client),
  });
}
