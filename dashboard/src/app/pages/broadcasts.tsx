import { t } from "@lingui/core/macro";
import { getRouteApi } from "@tanstack/react-router";
import { ChooseOne } from "@/components/choose/choose-one";
import { SinceFilter } from "@/components/since-filter";
import { FilterSelect } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import {
  BROADCAST_STATES,
  type BroadcastFilter,
  broadcastsOptions,
} from "@/features/broadcast/api/list-broadcasts";
import { BroadcastList } from "@/features/broadcast/components/broadcast-table";
import { useMay } from "@/lib/may";
import { zoneName } from "@/lib/zone";
import { useBotName } from "../bot-names";

const route = getRouteApi("/app/broadcasts");

export function BroadcastsPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const botName = useBotName();
  const choosesBots = useMay("bots.read");
  const set = (change: BroadcastFilter) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <Page title={t`Broadcasts`} note={t`Times of ${zoneName()}`}>
      <div className="flex flex-wrap gap-3">
        <FilterSelect
          label={t`Status`}
          value={filter.status ?? ""}
          any={t`all`}
          options={BROADCAST_STATES}
          onChange={(status) => set({ status: status || undefined })}
        />
        <SinceFilter days={filter.days} onChange={(days) => set({ days })} />
        {choosesBots && (
          <ChooseOne
            label={t`Bot`}
            kind="bots"
            any={t`all bots`}
            beside
            value={filter.bot_id ? { id: filter.bot_id, name: botName(filter.bot_id) } : null}
            onChange={(bot) => set({ bot_id: bot?.id })}
          />
        )}
      </div>
      <BroadcastList
        options={broadcastsOptions(filter)}
        caption={t`Broadcasts`}
        empty={
          filter.status || filter.bot_id || filter.days ? (
            <Empty
              title={t`No broadcast fits`}
            >{t`Look in every status, at all bots, and at any time.`}</Empty>
          ) : (
            <Empty
              title={t`Nothing was broadcast yet`}
            >{t`Open an ad and press “Broadcast”.`}</Empty>
          )
        }
      />
    </Page>
  );
}
