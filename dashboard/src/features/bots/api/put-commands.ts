import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";
import { commandsOptions } from "./get-commands";

/** Replaces all of a bot's commands. */
export function usePutCommands(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<"/api/bots/{bot_id}/commands", "put">) =>
      unwrap(api.PUT("/api/bots/{bot_id}/commands", { params: { path: { bot_id: id } }, body })),
    onSuccess: (commands) => client.setQueryData(commandsOptions(id).queryKey, commands),
  });
}
