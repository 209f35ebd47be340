import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";
import { refreshBotLists } from "./refresh";

/** Adds a bot by its token, which the API checks with Telegram first. */
export function useAddBot() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<"/api/bots/add">) => unwrap(api.POST("/api/bots/add", { body })),
    onSuccess: () => void refreshBotLists(client),
  });
}
