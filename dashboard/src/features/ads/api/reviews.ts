import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";

const EVERY_MS = 15_000;

/** The ads that wait for a review by the one who looks, the one that waits longest first. */
export const waitingOptions = pagedOptions(
  ["ads", "waiting"],
  (page, signal) => unwrap(api.GET("/api/ads/reviews", { params: { query: page }, signal })),
  { every: EVERY_MS },
);

/** The last steps of an ad's reviews, the newest first. */
export const reviewsOptions = (id: number) =>
  queryOptions({
    queryKey: ["ads", "reviews", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/ads/{ad_id}/reviews", { params: { path: { ad_id: id } }, signal })),
  });
