import type { QueryClient } from "@tanstack/react-query";
import { actAs } from "@/api/acting";
import type { User } from "@/api/types";
import { meOptions } from "./get-me";

/** Makes `user` the one that is signed in (null: nobody), and forgets what another one has read. */
export function become(client: QueryClient, user: User | null): void {
  const mine = meOptions.queryKey;
  const before = client.getQueryData(mine);
  if (before?.id !== user?.id || before?.organisation.id !== user?.organisation.id)
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== mine[0] });
  actAs(user);
  client.setQueryData(mine, user);
}
