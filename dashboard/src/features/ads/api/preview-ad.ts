import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** Exactly what a launch through these bots (all where none is named) would do now. */
export const previewOptions = (id: number, bot_ids: number[]) =>
  queryOptions({
    queryKey: ["ads", "preview", id, bot_ids],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST("/api/ads/{ad_id}/preview", {
          params: { path: { ad_id: id } },
          body: bot_ids.length > 0 ? { bot_ids } : {},
          signal,
        }),
      ),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
