import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { botOptions } from "./get-bot";
import { botStatusOptions } from "./get-status";
import { refreshBotLists } from "./refresh";

export type RunStep = "start" | "stop" | "restart";

/** Asks for a bot to be started, stopped or restarted; the answer comes before it is done. */
export function useRunBot(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (step: RunStep) =>
      unwrap(api.POST(`/api/bots/{bot_id}/${step}`, { params: { path: { bot_id: id } } })),
    onSuccess: (bot) => {
      client.setQueryData(botOptions(id).queryKey, bot);
      return Promise.all([
        refreshBotLists(client),
        client.invalidateQueries({ queryKey: botStatusOptions(id).queryKey }),
      ]);
    },
  });
}
