import { t } from "@lingui/core/macro";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { unlessTold } from "@/api/live";
import { rowsOf } from "@/api/pages";
import { Card } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { adName } from "@/features/ads/ad-name";
import { waitingOptions } from "@/features/ads/api/reviews";
import { botsOptions } from "@/features/bots/api/list-bots";
import { type BroadcastRow, broadcastsOptions } from "@/features/broadcast/api/list-broadcasts";
import { BroadcastTable } from "@/features/broadcast/components/broadcast-table";
import { dashboardOptions } from "@/features/overview/api/get-dashboard";
import { FirstSteps } from "@/features/overview/components/first-steps";
import { NeedsYou } from "@/features/overview/components/needs-you";
import { Overview } from "@/features/overview/components/overview";
import { errorsOptions } from "@/features/system/api/errors";
import { systemStatusOptions } from "@/features/system/api/get-status";
import { May, useMay, useUser } from "@/lib/may";
import { spanOfDays } from "@/lib/spans";
import { DAYS } from "../search";

const route = getRouteApi("/app/");

/** What needs the one who looks, what runs now, and what changed. */
export function OverviewPage() {
  const { days = "1" } = route.useSearch();
  const navigate = route.useNavigate();
  const dashboard = useQuery(dashboardOptions(Number(days)));
  const choose = (choice: (typeof DAYS)[number] | "") =>
    void navigate({ search: { days: choice === "1" || !choice ? undefined : choice } });
  return (
    <Page
      title={t`Home`}
      actions={
        <FilterSelect
          label={t`Span`}
          value={days}
          options={DAYS}
          name={(option) => spanOfDays(Number(option))}
          onChange={choose}
        />
      }
    >
      <Needs />
      <May to="bots.edit">
        <Steps totals={dashboard.data?.totals} />
      </May>
      <Now />
      <QueryView query={dashboard} what={t`overview`} rows={8}>
        {(data) => <Overview dashboard={data} days={Number(days)} />}
      </QueryView>
    </Page>
  );
}

/** What is shown beside other things is read again less often than on its own page. */
const beside = () => unlessTold(60_000, 120_000);

function useBroadcasts(
  status?: BroadcastRow["status"],
  often: { refetchInterval?: typeof beside | false } = {},
): BroadcastRow[] | undefined {
  const { data } = useInfiniteQuery({ ...broadcastsOptions({ status }), ...often });
  return rowsOf(data);
}

function Needs() {
  const { role, may_review } = useUser();
  const reviews = role === "admin" || may_review;
  const watches = useMay("platform.read");
  const runs = useMay("platform.run");
  const ads = useInfiniteQuery({
    ...waitingOptions,
    refetchInterval: beside,
    enabled: reviews,
  });
  const system = useQuery({
    ...systemStatusOptions,
    refetchInterval: beside,
    enabled: watches,
  });
  const errors = useInfiniteQuery({
    ...errorsOptions({ state: "open" }),
    refetchInterval: beside,
    enabled: runs,
  });
  const broken = useInfiniteQuery({
    ...botsOptions({ status: "error" }),
    refetchInterval: beside,
  });
  const waiting = rowsOf(ads.data) ?? [];
  return (
    <NeedsYou
      bots={rowsOf(broken.data) ?? []}
      ads={waiting.map((ad) => ({ ad, name: adName(ad) }))}
      moreAds={ads.hasNextPage}
      paused={useBroadcasts("paused", { refetchInterval: beside }) ?? []}
      errors={errors.data?.pages[0]?.totals.open ?? 0}
      parts={system.data?.components.filter(({ status }) => status !== "up") ?? []}
    />
  );
}

type Totals = { bots: number; subscribers: number; ads: number };

function Steps({ totals }: { totals: Totals | undefined }) {
  // Read once: to launch the first broadcast is to leave this page.
  const broadcasts = useBroadcasts(undefined, { refetchInterval: false });
  if (!totals || !broadcasts) return null;
  const { bots, subscribers, ads } = totals;
  return <FirstSteps {...{ bots, subscribers, ads }} broadcasts={broadcasts.length} />;
}

function Now() {
  const running = useBroadcasts("broadcasting");
  const scheduled = useBroadcasts("scheduled");
  if (!running || !scheduled) return null;
  // The two lists are not of one instant: what has just begun may be in both.
  const begun = new Set(running.map(({ broadcast_id }) => broadcast_id));
  const rows = [...running, ...scheduled.filter(({ broadcast_id }) => !begun.has(broadcast_id))];
  if (rows.length === 0)
    return <p className="text-sm text-muted">{t`No broadcast runs, and none is scheduled.`}</p>;
  return (
    <Card title={t`Running and scheduled broadcasts`} flush>
      <BroadcastTable caption={t`Running and scheduled broadcasts`} rows={rows} />
    </Card>
  );
}
