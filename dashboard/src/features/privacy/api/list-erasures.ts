import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";

const EVERY_MS = 3_000;

/** What was asked to be erased; read again while something is not done. */
export const erasuresOptions = infiniteQueryOptions({
  queryKey: ["privacy", "erasures"],
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/erasures", {
        params: { query: { limit: PAGE_SIZE, cursor: pageParam } },
        signal,
      }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: nextCursor,
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.items.some((one) => one.state !== "done"))
      ? EVERY_MS
      : false,
});
