import type { QueryClient } from "@tanstack/react-query";

/**
 * After an ad changed: everything that shows ads is read again.
 *
 * Nobody waits for it. What was pressed may be gone with the next reading (a launched ad cannot be
 * launched), and with it the code that was to go on after the waiting.
 */
export function refreshAds(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: ["ads"] });
}
