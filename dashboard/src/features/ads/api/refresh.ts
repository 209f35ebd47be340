import type { QueryClient } from "@tanstack/react-query";

/** After an ad changed: everything that shows ads is read again. */
export function refreshAds(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ["ads"] });
}
