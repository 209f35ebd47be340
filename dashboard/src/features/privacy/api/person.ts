import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** Everything that is kept of a person. */
export function useExportPerson() {
  return useMutation({
    mutationFn: (chat_id: number) => unwrap(api.POST("/api/people/export", { body: { chat_id } })),
  });
}

/** Erases a person; nothing is sent to them from the answer on. */
export function useErasePerson() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (chat_id: number) => unwrap(api.POST("/api/people/erase", { body: { chat_id } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["privacy"] }),
  });
}
