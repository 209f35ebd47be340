import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

export const adOptions = (id: number) =>
  queryOptions({
    queryKey: ["ads", "one", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/ads/{ad_id}", { params: { path: { ad_id: id } }, signal })),
  });
