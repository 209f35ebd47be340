import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";

/** Changes and their actors, newest first. */
export const auditOptions = infiniteQueryOptions({
  queryKey: ["system", "audit"],
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/audit", { params: { query: { limit: PAGE_SIZE, cursor: pageParam } }, signal }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: nextCursor,
});
