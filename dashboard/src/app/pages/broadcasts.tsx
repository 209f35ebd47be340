import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Card } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { LoadMore } from "@/components/ui/load-more";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import {
  BROADCAST_STATES,
  type BroadcastFilter,
  broadcastsOptions,
} from "@/features/broadcast/api/list-broadcasts";
import { BroadcastTable } from "@/features/broadcast/components/broadcast-table";
import { zoneName } from "@/lib/zone";
import { useBotName, useBots } from "../bot-names";

const route = getRouteApi("/app/broadcasts");

export function BroadcastsPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const broadcasts = useInfiniteQuery(broadcastsOptions(filter));
  const botName = useBotName();
  const bots = useBots().map(({ id }) => String(id));
  const set = (change: BroadcastFilter) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <Page title="Broadcasts" note={`Times of ${zoneName()}`}>
      <div className="flex flex-wrap gap-3">
        <FilterSelect
          label="Status"
          value={filter.status ?? ""}
          any="all"
          options={BROADCAST_STATES}
          onChange={(status) => set({ status: status || undefined })}
        />
        {bots.length > 0 && (
          <FilterSelect
            label="Bot"
            value={String(filter.bot_id ?? "")}
            any="all"
            options={bots}
            name={(id) => botName(Number(id))}
            onChange={(id) => set({ bot_id: id ? Number(id) : undefined })}
          />
        )}
      </div>
      <Card flush>
        <QueryView query={broadcasts} what="broadcasts">
          {({ pages }) => {
            const rows = pages.flatMap((page) => page.items);
            if (rows.length > 0) return <BroadcastTable caption="Broadcasts" rows={rows} />;
            return filter.status || filter.bot_id ? (
              <Empty title="No broadcast fits">Look in every status, and at all bots.</Empty>
            ) : (
              <Empty title="Nothing was broadcast yet">Open an ad and press “Broadcast”.</Empty>
            );
          }}
        </QueryView>
        <LoadMore query={broadcasts} />
      </Card>
    </Page>
  );
}
