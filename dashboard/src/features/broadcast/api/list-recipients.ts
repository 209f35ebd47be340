import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Outcome } from "../outcomes";

const LIVE_MS = 5_000;

type Asked = {
  adId: number;
  broadcastId?: number;
  status?: Outcome;
  /** The broadcast moves: read again every few seconds, and once more when it stands still. */
  live: boolean;
};

export const recipientsOptions = ({ adId, broadcastId, status, live }: Asked) =>
  pagedOptions(
    ["ads", "recipients", adId, broadcastId, status, live],
    (page, signal) => {
      const query = { ...page, status, broadcast_id: broadcastId };
      const params = { path: { ad_id: adId }, query };
      return unwrap(api.GET("/api/ads/{ad_id}/recipients", { params, signal }));
    },
    { keep: true, every: live ? LIVE_MS : undefined },
  );
