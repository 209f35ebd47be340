import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Bot } from "@/api/types";

const MOST_PER_PAGE = 200;

/** All bots at once, for choosing among them and for their names. */
export const allBotsOptions = queryOptions({
  queryKey: ["bots", "all"],
  queryFn: async ({ signal }): Promise<Bot[]> => {
    const bots: Bot[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: MOST_PER_PAGE, cursor };
      const page = await unwrap(api.GET("/api/bots", { params: { query }, signal }));
      bots.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return bots;
  },
  // Names change seldom, and each change made here has them read again.
  staleTime: 300_000,
});
