import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { rowsOf } from "@/api/pages";
import type { Answer } from "@/api/types";
import { AdLink } from "@/components/links";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { between, change, count, money, percent } from "@/lib/format";
import { zoneName } from "@/lib/zone";
import { adRowsOptions } from "../api/ad-analytics";
import { periodBefore, type SpanDays } from "../spans";
import { Comparison } from "./comparison";
import { SpanSelect } from "./span-select";

type AdRow = Answer<"/api/analytics/ads">["items"][number];

type Props = {
  days: SpanDays;
  onDays: (days: SpanDays) => void;
  /** The ads to compare, two at most. */
  chosen: number[];
  onChosen: (ads: number[]) => void;
};

/** What each ad brought and cost, and two of them beside each other. */
export function AdsAnalytics({ days, onDays, chosen, onChosen }: Props) {
  const ads = useInfiniteQuery(adRowsOptions(days));
  const rows = rowsOf(ads.data) ?? [];
  const name = (id: number) =>
    nameOf(
      rows.find((row) => row.id === id),
      id,
    );
  const [one, other] = chosen;
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <SpanSelect days={days} onDays={onDays} />
        <p className="text-sm text-muted">{t`Of broadcasts that began in it, in days of ${zoneName()}`}</p>
      </div>
      {one && other ? (
        <Comparison one={one} other={other} days={days} name={name} />
      ) : (
        <p className="text-sm text-muted">{t`Tick two ads to compare their click rates.`}</p>
      )}
      <ListCard
        caption={t`Ads and what they brought`}
        columns={columns(days, chosen, onChosen)}
        query={ads}
        rowKey={(row) => row.id}
        empty={
          <Empty
            title={t`No ads yet`}
          >{t`Their figures show here once they were broadcast.`}</Empty>
        }
      />
    </>
  );
}

function nameOf(row: AdRow | undefined, id: number): string {
  return row?.title ?? t`Ad ${id}`;
}

function columns(days: SpanDays, chosen: number[], onChosen: Props["onChosen"]): Column<AdRow>[] {
  const toggle = (id: number) =>
    onChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-2));
  return [
    {
      head: t`Compare`,
      cell: (row) => (
        <input
          type="checkbox"
          className="size-5 accent-accent"
          aria-label={t`Compare ${nameOf(row, row.id)}`}
          checked={chosen.includes(row.id)}
          onChange={() => toggle(row.id)}
        />
      ),
    },
    { head: t`Ad`, cell: (row) => <AdLink id={row.id}>{nameOf(row, row.id)}</AdLink> },
    {
      head: t`Sent`,
      cell: (row) => (
        <Noted note={change(row.sent, row.previous?.sent, periodBefore(days))}>
          {count(row.sent)}
        </Noted>
      ),
      number: true,
    },
    {
      head: t`People who clicked`,
      cell: (row) => (
        <Noted note={change(row.unique_clicks, row.previous?.unique_clicks, periodBefore(days))}>
          {count(row.unique_clicks)}
        </Noted>
      ),
      number: true,
      wide: true,
    },
    {
      head: t`Click rate`,
      cell: (row) => (
        <Noted note={row.ctr_interval && t`95% sure: ${between(row.ctr_interval)}`}>
          {percent(row.ctr)}
        </Noted>
      ),
      number: true,
    },
    { head: t`Price`, cell: (row) => money(row.price, row.currency), number: true, wide: true },
    { head: "CPM", cell: (row) => money(row.cpm, row.currency), number: true, wide: true },
    {
      head: t`Cost per click`,
      cell: (row) => money(row.cost_per_click, row.currency),
      number: true,
      wide: true,
    },
  ];
}

function Noted({ children, note }: { children: string; note: string | null | undefined }) {
  return (
    <>
      {children}
      {note && <span className="block text-xs whitespace-normal text-muted">{note}</span>}
    </>
  );
}
