import { t } from "@lingui/core/macro";
import { broadcastsOptions } from "../api/list-broadcasts";
import { BroadcastList } from "./broadcast-table";

/** Every broadcast of an ad, also the earlier ones. */
export function AdBroadcasts({ adId }: { adId: number }) {
  return (
    <BroadcastList
      title={t`Its broadcasts`}
      caption={t`Its broadcasts`}
      options={broadcastsOptions({ ad_id: adId })}
      empty={null}
    />
  );
}
