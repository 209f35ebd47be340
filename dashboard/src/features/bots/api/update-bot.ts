import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";
import { botOptions } from "./get-bot";
import { refreshBotLists } from "./refresh";

export type BotPatch = Body<"/api/bots/{bot_id}", "patch">;

export function useUpdateBot(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: BotPatch) =>
      unwrap(api.PATCH("/api/bots/{bot_id}", { params: { path: { bot_id: id } }, body })),
    onSuccess: (bot) => {
      client.setQueryData(botOptions(id).queryKey, bot);
      return refreshBotLists(client);
    },
  });
}
