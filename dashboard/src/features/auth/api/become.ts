import type { QueryClient } from "@tanstack/react-query";
import type { User } from "@/api/types";
import { meOptions } from "./get-me";

/** Makes `user` the one that is signed in (null: nobody), and forgets what another one has read. */
export function become(client: QueryClient, user: User | null): void {
  const mine = meOptions.queryKey;
  if (client.getQueryData(mine)?.id !== user?.id)
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== mine[0] });
  client.setQueryData(mine, user);
}
