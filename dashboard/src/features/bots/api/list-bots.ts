import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";

const EVERY_MS = 3_000;

/** The bots, page by page, read again every few seconds: their states change by themselves. */
export const botsOptions = infiniteQueryOptions({
  queryKey: ["bots", "list"],
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/bots", { params: { query: { limit: PAGE_SIZE, cursor: pageParam } }, signal }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: nextCursor,
  refetchInterval: EVERY_MS,
});
