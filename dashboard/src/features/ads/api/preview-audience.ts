import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { AdBody } from "@/api/types";

/** Whom a targeting reaches at this moment, also of an ad that is not saved. */
export const audienceOptions = (targeting: NonNullable<AdBody["targeting"]>) =>
  queryOptions({
    queryKey: ["ads", "audience", targeting],
    queryFn: ({ signal }) => unwrap(api.POST("/api/ads/preview", { body: { targeting }, signal })),
    placeholderData: keepPreviousData,
  });
