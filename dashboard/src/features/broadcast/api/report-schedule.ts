import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";
import { zoneName } from "@/lib/zone";

const PATH = "/api/ads/{ad_id}/report/schedule";

export type Every = Body<typeof PATH, "put">["every"];

/** How often one gets an ad's report by itself, and by which way. */
export const scheduleOptions = (adId: number) =>
  queryOptions({
    queryKey: ["ads", "report-schedule", adId],
    queryFn: ({ signal }) => unwrap(api.GET(PATH, { params: { path: { ad_id: adId } }, signal })),
  });

/** Orders reports, at nine of the zone in which times are shown; null stops them. */
export function useOrderReport(adId: number) {
  const client = useQueryClient();
  const params = { path: { ad_id: adId } };
  return useMutation({
    mutationFn: (every: Every | null) =>
      every
        ? unwrap(api.PUT(PATH, { params, body: { every, tz: zoneName() } }))
        : unwrap(api.DELETE(PATH, { params })),
    onSuccess: () => client.invalidateQueries(scheduleOptions(adId)),
  });
}
