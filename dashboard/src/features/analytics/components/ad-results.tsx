import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { HeatMap } from "@/components/heat-map";
import { Stat, Stats } from "@/components/ui/card";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { between, count, money, moneys, percent, together } from "@/lib/format";
import { zoneName } from "@/lib/zone";
import { adFiguresOptions, adRowOptions } from "../api/ad-analytics";
import { languageName } from "../language-name";

type Figures = Answer<"/api/analytics/ads/{ad_id}">;
type ClickedLink = Figures["links"][number];
type Language = Figures["languages"][number];
type BotPart = Figures["bots"][number];
type Props = { adId: number; botName: (id: number) => string };

/** What came of all broadcasts of an ad: what it brought, what it cost, and whom it drove away. */
export function AdResults({ adId, botName }: Props) {
  const row = useQuery(adRowOptions(adId));
  const figures = useQuery(adFiguresOptions(adId));
  return (
    <section aria-label={t`Results`} className="flex flex-col gap-5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="text-lg font-semibold">{t`Results of all its broadcasts`}</h2>
        <p className="text-sm text-muted">{t`Hours of ${zoneName()}`}</p>
      </div>
      <QueryView query={figures} what={t`results`} rows={8}>
        {(data) => (
          <>
            {row.data && <Sums row={row.data} figures={data} />}
            <div className="grid items-start gap-5 xl:grid-cols-2">
              <Links rows={data.links} />
              <Bots rows={data.bots} botName={botName} />
              <Languages rows={data.languages} pending={data.languages_pending} />
            </div>
            <HeatMap
              title={t`By hour of the week`}
              hours={data.hours}
              kinds={{ clicks: t`Clicks`, sent: t`Sent`, failed: t`Failed` }}
            />
          </>
        )}
      </QueryView>
    </section>
  );
}

type Row = Answer<"/api/analytics/ads">["items"][number];

function Sums({ row, figures }: { row: Row; figures: Figures }) {
  const { losses, prices } = figures;
  return (
    <Stats>
      <Stat label={t`Sent`} value={count(row.sent)} hint={t`of ${count(row.audience)}`} />
      <Stat
        label={t`Click rate`}
        value={percent(row.ctr)}
        hint={together(
          row.ctr_interval && t`95% sure: ${between(row.ctr_interval)}`,
          t`${plural(row.unique_clicks, { one: "# person", other: "# people" })}, ${plural(row.clicks, { one: "# click", other: "# clicks" })}`,
          row.machine_clicks > 0 && t`${count(row.machine_clicks)} by machines left out`,
        )}
      />
      <Stat
        label={t`Price`}
        value={prices.length > 0 ? moneys(prices) : "–"}
        hint={together(
          row.cpm !== null && t`CPM ${money(row.cpm, row.currency)}`,
          row.cost_per_click !== null &&
            t`${money(row.cost_per_click, row.currency)} for each click`,
        )}
      />
      <Stat
        label={t`Lost within 24 hours`}
        value={count(losses.blocked + losses.stopped)}
        hint={t`${count(losses.blocked)} blocked the bot, ${count(losses.stopped)} said /stop after they got it`}
      />
    </Stats>
  );
}

const LINKS: Column<ClickedLink>[] = [
  { head: t`Link`, cell: (row) => <span className="break-all">{row.url}</span> },
  { head: t`Clicks`, cell: (row) => count(row.clicks), number: true },
  { head: t`By machines`, cell: (row) => count(row.machine_clicks), number: true, wide: true },
];

function Links({ rows }: { rows: ClickedLink[] }) {
  return (
    <TableCard
      title={t`Clicks by link`}
      caption={t`Clicks by link`}
      columns={LINKS}
      rows={rows}
      rowKey={(row) => row.url}
      empty={
        <Empty
          title={t`No link was clicked yet`}
        >{t`Links are counted where the ad says so and the platform has a public address.`}</Empty>
      }
    />
  );
}

const LANGUAGES: Column<Language>[] = [
  { head: t`Language`, cell: (row) => languageName(row.name) },
  { head: t`Sent`, cell: (row) => count(row.sent), number: true },
  { head: t`Clicks`, cell: (row) => count(row.clicks), number: true },
  { head: t`Click rate`, cell: (row) => percent(shareOf(row)), number: true },
];

function shareOf({ sent, unique_clicks }: Language): number | null {
  return sent ? unique_clicks / sent : null;
}

function Languages({ rows, pending }: { rows: Language[]; pending: number }) {
  return (
    <TableCard
      title={t`By language`}
      aside={
        pending > 0 && (
          <span className="text-sm text-muted">
            {plural(pending, { one: "# more is still counted", other: "# more are still counted" })}
          </span>
        )
      }
      caption={t`Results by language`}
      columns={LANGUAGES}
      rows={rows}
      rowKey={(row) => row.name ?? ""}
      empty={<Empty title={t`Counted once a broadcast has ended`} />}
    />
  );
}

function Bots({ rows, botName }: { rows: BotPart[]; botName: Props["botName"] }) {
  const columns: Column<BotPart>[] = [
    { head: t`Bot`, cell: (row) => <span className="font-medium">{botName(row.bot_id)}</span> },
    { head: t`Sent`, cell: (row) => count(row.sent), number: true },
    { head: t`Blocked`, cell: (row) => count(row.blocked), number: true, wide: true },
    { head: t`Failed`, cell: (row) => count(row.failed), number: true, wide: true },
    { head: t`Clicks`, cell: (row) => count(row.clicks), number: true },
    { head: t`Click rate`, cell: (row) => percent(row.ctr), number: true },
  ];
  return (
    <TableCard
      title={t`By bot`}
      caption={t`Results by bot`}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.bot_id}
      empty={<Empty title={t`None of your bots sent it`} />}
    />
  );
}
