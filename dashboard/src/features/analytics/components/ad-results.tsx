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
    <section aria-label="Results" className="flex flex-col gap-5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="text-lg font-semibold">Results of all its broadcasts</h2>
        <p className="text-sm text-muted">Hours of {zoneName()}</p>
      </div>
      <QueryView query={figures} what="results" rows={8}>
        {(data) => (
          <>
            {row.data && <Sums row={row.data} figures={data} />}
            <div className="grid items-start gap-5 xl:grid-cols-2">
              <Links rows={data.links} />
              <Bots rows={data.bots} botName={botName} />
              <Languages rows={data.languages} pending={data.languages_pending} />
            </div>
            <HeatMap
              title="By hour of the week"
              hours={data.hours}
              kinds={{ clicks: "Clicks", sent: "Sent", failed: "Failed" }}
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
      <Stat label="Sent" value={count(row.sent)} hint={`of ${count(row.audience)}`} />
      <Stat
        label="Click rate"
        value={percent(row.ctr)}
        hint={together(
          row.ctr_interval && `95% sure: ${between(row.ctr_interval)}`,
          `${count(row.unique_clicks)} people, ${count(row.clicks)} clicks`,
          row.machine_clicks > 0 && `${count(row.machine_clicks)} by machines left out`,
        )}
      />
      <Stat
        label="Price"
        value={prices.length > 0 ? moneys(prices) : "–"}
        hint={together(
          row.cpm !== null && `CPM ${money(row.cpm, row.currency)}`,
          row.cost_per_click !== null &&
            `${money(row.cost_per_click, row.currency)} for each click`,
        )}
      />
      <Stat
        label="Lost within 24 hours"
        value={count(losses.blocked + losses.stopped)}
        hint={`${count(losses.blocked)} blocked the bot, ${count(losses.stopped)} said /stop after they got it`}
      />
    </Stats>
  );
}

const LINKS: Column<ClickedLink>[] = [
  { head: "Link", cell: (row) => <span className="break-all">{row.url}</span> },
  { head: "Clicks", cell: (row) => count(row.clicks), number: true },
  { head: "By machines", cell: (row) => count(row.machine_clicks), number: true, wide: true },
];

function Links({ rows }: { rows: ClickedLink[] }) {
  return (
    <TableCard
      title="Clicks by link"
      caption="Clicks by link"
      columns={LINKS}
      rows={rows}
      rowKey={(row) => row.url}
      empty={
        <Empty title="No link was clicked yet">
          Links are counted where the ad says so and the platform has a public address.
        </Empty>
      }
    />
  );
}

const LANGUAGES: Column<Language>[] = [
  { head: "Language", cell: (row) => languageName(row.name) },
  { head: "Sent", cell: (row) => count(row.sent), number: true },
  { head: "Clicks", cell: (row) => count(row.clicks), number: true },
  { head: "Click rate", cell: (row) => percent(shareOf(row)), number: true },
];

function shareOf({ sent, unique_clicks }: Language): number | null {
  return sent ? unique_clicks / sent : null;
}

function Languages({ rows, pending }: { rows: Language[]; pending: number }) {
  return (
    <TableCard
      title="By language"
      aside={
        pending > 0 && (
          <span className="text-sm text-muted">{count(pending)} more are still counted</span>
        )
      }
      caption="Results by language"
      columns={LANGUAGES}
      rows={rows}
      rowKey={(row) => row.name ?? ""}
      empty={<Empty title="Counted once a broadcast has ended" />}
    />
  );
}

function Bots({ rows, botName }: { rows: BotPart[]; botName: Props["botName"] }) {
  const columns: Column<BotPart>[] = [
    { head: "Bot", cell: (row) => <span className="font-medium">{botName(row.bot_id)}</span> },
    { head: "Sent", cell: (row) => count(row.sent), number: true },
    { head: "Blocked", cell: (row) => count(row.blocked), number: true, wide: true },
    { head: "Failed", cell: (row) => count(row.failed), number: true, wide: true },
    { head: "Clicks", cell: (row) => count(row.clicks), number: true },
    { head: "Click rate", cell: (row) => percent(row.ctr), number: true },
  ];
  return (
    <TableCard
      title="By bot"
      caption="Results by bot"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.bot_id}
      empty={<Empty title="None of your bots sent it" />}
    />
  );
}
