import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, idempotencyKey, unwrap } from "@/api/client";
import type { Answer } from "@/api/types";

export type Imported = Answer<"/api/bots/{bot_id}/chats/import/preview", "post">;
type List = { file: File; column?: string };

const TYPE = { "Content-Type": "text/csv" };

/** The file as it is: CSV is no JSON that could be made into a text. */
function given(bot_id: number, { file, column }: List) {
  return {
    params: { path: { bot_id }, query: { column } },
    body: file as never,
    bodySerializer: () => file,
  };
}

/** Tells what an import of a CSV file would do; changes nothing. */
export function usePreviewImport(botId: number) {
  return useMutation({
    mutationFn: (list: List): Promise<Imported> =>
      unwrap(
        api.POST("/api/bots/{bot_id}/chats/import/preview", {
          ...given(botId, list),
          headers: TYPE,
        }),
      ),
  });
}

/** Makes the chats of a CSV file subscribers of the bot. */
export function useImportChats(botId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (list: List): Promise<Imported> =>
      unwrap(
        api.POST("/api/bots/{bot_id}/chats/import", {
          ...given(botId, list),
          headers: { ...TYPE, "Idempotency-Key": idempotencyKey() },
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["bots"] }),
  });
}
