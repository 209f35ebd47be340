import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { QuotaWarning } from "@/components/quotas/quota-warning";
import { SavedViews } from "@/components/saved-views";
import { Chips } from "@/components/ui/chips";
import { FilterSelect } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { SearchBox } from "@/components/ui/search-box";
import { Empty } from "@/components/ui/states";
import { BOT_SORTS, BOT_STATES, type BotFilter, botsOptions } from "@/features/bots/api/list-bots";
import { AddBotDialog } from "@/features/bots/components/add-bot-dialog";
import { BotList } from "@/features/bots/components/bot-table";
import { May } from "@/lib/may";
import { words } from "@/lib/words";

const route = getRouteApi("/app/bots");

export function BotsPage() {
  const { add, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const open = (wanted: boolean) =>
    void navigate({ search: (old) => ({ ...old, add: wanted || undefined }), replace: true });
  return (
    <Page
      title={t`Bots`}
      actions={
        <>
          <SavedViews page="bots" />
          <May to="bots.edit">
            <AddBotDialog open={add ?? false} onOpenChange={open} />
          </May>
        </>
      }
    >
      <QuotaWarning kinds={["bots", "subscribers"]} />
      <Filters filter={filter} />
      <BotList
        options={botsOptions(filter)}
        empty={
          filter.q || filter.status ? (
            <Empty title={t`No bot fits`}>{t`Search for something else, or in every state.`}</Empty>
          ) : (
            <Empty
              title={t`No bots yet`}
            >{t`Make a bot with @BotFather in Telegram, and add it here by its token.`}</Empty>
          )
        }
      />
    </Page>
  );
}

function Filters({ filter }: { filter: BotFilter }) {
  const navigate = route.useNavigate();
  const set = (change: BotFilter) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const totals = useInfiniteQuery(botsOptions(filter)).data?.pages[0]?.totals;
  const many = totals && Object.values(totals).reduce((sum, number) => sum + number, 0);
  const states = BOT_STATES.filter((state) => totals?.[state] || state === filter.status);
  return (
    <div className="flex flex-wrap items-center gap-3">
      <SearchBox
        label={t`Search bots`}
        value={filter.q ?? ""}
        onChange={(q) => set({ q: q || undefined })}
      />
      <Chips
        label={t`State`}
        value={filter.status}
        onChange={(status) => set({ status })}
        options={[
          { value: undefined, name: t`all`, many },
          ...states.map((value) => ({ value, name: words(value), many: totals?.[value] ?? 0 })),
        ]}
      />
      <div className="sm:ml-auto">
        <FilterSelect
          label={t`Order`}
          value={filter.sort ?? "newest"}
          options={BOT_SORTS}
          name={(sort) => SORT_NAMES[sort]}
          onChange={(sort) => set({ sort: sort === "newest" || !sort ? undefined : sort })}
        />
      </div>
    </div>
  );
}

const SORT_NAMES: Record<(typeof BOT_SORTS)[number], string> = {
  newest: t`newest first`,
  subscribers: t`most subscribers first`,
  name: t`by name`,
};
