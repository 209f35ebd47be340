import type { QueryClient } from "@tanstack/react-query";
import { allBotsOptions } from "./all-bots";

/** After a bot came, changed or went: every list of bots is read again. */
export function refreshBotLists(client: QueryClient): Promise<unknown> {
  return Promise.all([
    client.invalidateQueries({ queryKey: ["bots", "list"] }),
    client.invalidateQueries({ queryKey: allBotsOptions.queryKey }),
  ]);
}
