import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** What deleting the account would erase, and what would stay. */
export const deletionOptions = (id: number) =>
  queryOptions({
    queryKey: ["users", "deletion", id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/users/{user_id}/deletion", { params: { path: { user_id: id } }, signal }),
      ),
    staleTime: 0,
  });
