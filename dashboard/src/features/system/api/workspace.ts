import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { chatOptions } from "@/api/linked-chat";
import type { Answer, Body } from "@/api/types";

export type Workspace = Answer<"/api/workspace">;

/** What is decided for the whole platform. */
export const workspaceOptions = queryOptions({
  queryKey: ["workspace"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/workspace", { signal })),
});

export function useChangeWorkspace() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<"/api/workspace", "patch">) =>
      unwrap(api.PATCH("/api/workspace", { body })),
    onSuccess: (answer) => {
      client.setQueryData(workspaceOptions.queryKey, answer);
      return client.invalidateQueries(chatOptions);
    },
  });
}
