import { QueryCache, QueryClient } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";

const TRIES = 2;

/**
 * The cache of everything the server said.
 *
 * A 4xx is an answer and is not asked again; no answer and 5xx are, twice. `onSignedOut` is called
 * when the API no longer knows the session.
 */
export function makeQueryClient(onSignedOut: (client: QueryClient) => void): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (asProblem(error).status === 401) onSignedOut(client);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < TRIES && mayPass(asProblem(error).status),
      },
    },
  });
  return client;
}

function mayPass(status: number): boolean {
  return status === 0 || status >= 500;
}
