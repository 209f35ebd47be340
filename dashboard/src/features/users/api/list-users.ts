import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";

export const usersOptions = infiniteQueryOptions({
  queryKey: ["users", "list"],
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/users", { params: { query: { limit: PAGE_SIZE, cursor: pageParam } }, signal }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: nextCursor,
});
