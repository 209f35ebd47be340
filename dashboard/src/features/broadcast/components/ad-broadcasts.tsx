import { useInfiniteQuery } from "@tanstack/react-query";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { QueryView } from "@/components/ui/query-view";
import { broadcastsOptions } from "../api/list-broadcasts";
import { BroadcastTable } from "./broadcast-table";

/** Every broadcast of an ad, also the earlier ones. */
export function AdBroadcasts({ adId }: { adId: number }) {
  const broadcasts = useInfiniteQuery(broadcastsOptions({ ad_id: adId }));
  return (
    <Card title="Its broadcasts" flush>
      <QueryView query={broadcasts} what="broadcasts">
        {({ pages }) => (
          <BroadcastTable caption="Its broadcasts" rows={pages.flatMap((page) => page.items)} />
        )}
      </QueryView>
      <LoadMore query={broadcasts} />
    </Card>
  );
}
