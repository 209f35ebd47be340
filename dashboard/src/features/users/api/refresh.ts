import type { QueryClient } from "@tanstack/react-query";

/** Reads accounts and invitations anew. */
export function refreshUsers(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ["users"] });
}
