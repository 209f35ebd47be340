import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { BotFilter } from "@/components/choose/bot-filter";
import { adNameOptions } from "@/components/choose/choices";
import { ChooseOne } from "@/components/choose/choose-one";
import { SavedViews } from "@/components/saved-views";
import { SinceFilter } from "@/components/since-filter";
import { Chips } from "@/components/ui/chips";
import { FilterSelect } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Empty, Loading } from "@/components/ui/states";
import {
  BROADCAST_STATES,
  type BroadcastFilter,
  broadcastsOptions,
} from "@/features/broadcast/api/list-broadcasts";
import { BroadcastList } from "@/features/broadcast/components/broadcast-table";
import { CALENDAR_VIEWS, type CalendarView } from "@/lib/spans";
import { zoneName } from "@/lib/zone";
import { useBotName } from "../bot-names";

const Calendar = lazy(() => import("@/features/broadcast/components/calendar"));
const route = getRouteApi("/app/broadcasts");

export function BroadcastsPage() {
  const { view, day, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const show = (view: CalendarView | undefined, day?: string) =>
    void navigate({ search: (old) => ({ ...old, view, day }), replace: true, resetScroll: false });
  return (
    <Page
      title={t`Broadcasts`}
      note={t`Times of ${zoneName()}`}
      actions={<SavedViews page="broadcasts" />}
    >
      <div className="flex flex-wrap items-center gap-3">
        <Chips
          label={t`Shown as`}
          value={view}
          options={[
            { value: undefined, name: t`List` },
            ...CALENDAR_VIEWS.map((value) => ({ value, name: VIEW_NAMES[value] })),
          ]}
          onChange={(chosen) => show(chosen, day)}
        />
        <Filters filter={filter} listed={!view} />
      </div>
      {view ? (
        <Suspense fallback={<Loading what={t`calendar`} rows={8} />}>
          <Calendar filter={filter} view={view} day={day} onShow={show} />
        </Suspense>
      ) : (
        <List filter={filter} />
      )}
    </Page>
  );
}

/** Of a calendar the days are chosen in it. */
function Filters({ filter, listed }: { filter: BroadcastFilter; listed: boolean }) {
  const navigate = route.useNavigate();
  const botName = useBotName();
  const { ad_id, bot_id, days, status } = filter;
  const adName = useQuery({ ...adNameOptions(ad_id ?? 0), enabled: ad_id !== undefined }).data;
  const set = (change: BroadcastFilter) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <>
      <FilterSelect
        label={t`Status`}
        value={status ?? ""}
        any={t`all`}
        options={BROADCAST_STATES}
        onChange={(chosen) => set({ status: chosen || undefined })}
      />
      {listed && <SinceFilter days={days} onChange={(chosen) => set({ days: chosen })} />}
      <BotFilter botId={bot_id} botName={botName} onBot={(bot_id) => set({ bot_id })} />
      <ChooseOne
        label={t`Ad`}
        kind="ads"
        any={t`all ads`}
        beside
        value={ad_id ? { id: ad_id, name: adName ?? t`Ad ${ad_id}` } : null}
        onChange={(ad) => set({ ad_id: ad?.id })}
      />
    </>
  );
}

function List({ filter }: { filter: BroadcastFilter }) {
  return (
    <BroadcastList
      options={broadcastsOptions(filter)}
      caption={t`Broadcasts`}
      empty={
        Object.values(filter).some(Boolean) ? (
          <Empty
            title={t`No broadcast fits`}
          >{t`Look in every status, at all bots and ads, and at any time.`}</Empty>
        ) : (
          <Empty title={t`Nothing was broadcast yet`}>{t`Open an ad and press “Broadcast”.`}</Empty>
        )
      }
    />
  );
}

const VIEW_NAMES: Record<CalendarView, string> = { month: t`Month`, week: t`Week` };
