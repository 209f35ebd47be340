import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** Exactly whom the ad would reach if it went out now, and how long that takes. */
export const previewOptions = (id: number) =>
  queryOptions({
    queryKey: ["ads", "preview", id],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST("/api/ads/{ad_id}/preview", {
          params: { path: { ad_id: id } },
          body: {},
          signal,
        }),
      ),
    staleTime: 0,
  });
