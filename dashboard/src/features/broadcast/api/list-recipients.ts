import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";
import type { Outcome } from "../outcomes";

type Asked = { adId: number; broadcastId?: number; status?: Outcome };

export const recipientsOptions = ({ adId, broadcastId, status }: Asked) =>
  infiniteQueryOptions({
    queryKey: ["ads", "recipients", adId, broadcastId, status],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE_SIZE, cursor: pageParam, status, broadcast_id: broadcastId };
      const params = { path: { ad_id: adId }, query };
      return unwrap(api.GET("/api/ads/{ad_id}/recipients", { params, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });
