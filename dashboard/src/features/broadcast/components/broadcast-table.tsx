import { plural, t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { worded } from "@/api/worded";
import { linkClass } from "@/components/links";
import { StateBadge } from "@/components/ui/badge";
import { type Column, Table } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { count, money, percent, when } from "@/lib/format";
import { type BroadcastRow, type broadcastsOptions, goesOut } from "../api/list-broadcasts";
import { OutcomeBar } from "./outcome-bar";

const AD: Column<BroadcastRow> = { head: t`Broadcast`, cell: (row) => <Name row={row} /> };

const COLUMNS: Column<BroadcastRow>[] = [
  { head: t`Status`, cell: (row) => <State row={row} /> },
  { head: t`Progress`, cell: (row) => <OutcomeBar row={row} />, wide: true },
  { head: t`Sent`, cell: (row) => t`${count(row.sent)} of ${count(row.audience)}`, number: true },
  { head: t`Click rate`, cell: (row) => percent(row.ctr), number: true, wide: true },
  { head: t`Price`, cell: (row) => money(row.price, row.currency), number: true, wide: true },
];

const TABLE = {
  columns: [AD, ...COLUMNS],
  rowKey: (row: BroadcastRow) => row.broadcast_id,
};

/** Broadcasts with how they went; times are of the viewer's zone. */
export function BroadcastTable(props: { rows: BroadcastRow[]; caption: string }) {
  return <Table {...TABLE} {...props} />;
}

type ListProps = {
  options: ReturnType<typeof broadcastsOptions>;
  caption: string;
  title?: string;
  empty: ReactNode;
};

/** The same, page by page. */
export function BroadcastList({ options, ...props }: ListProps) {
  return <ListCard {...TABLE} {...props} query={useInfiniteQuery(options)} />;
}

function Name({ row }: { row: BroadcastRow }) {
  return (
    <div className="min-w-28">
      <Link
        to="/ads/$adId/broadcast"
        params={{ adId: String(row.ad_id) }}
        search={{ broadcast_id: row.broadcast_id }}
        className={linkClass}
      >
        {row.ad_title ?? t`Ad ${row.ad_id}`}
      </Link>
      <p className="text-muted">{timeOf(row)}</p>
    </div>
  );
}

function timeOf(row: BroadcastRow): string {
  if (row.status === "scheduled") return t`goes out ${when(row.scheduled_for)}`;
  return when(goesOut(row));
}

function State({ row }: { row: BroadcastRow }) {
  return (
    <>
      <StateBadge state={row.status} />
      {row.reason && (
        <p className="mt-1 max-w-56 text-xs break-words text-muted">{worded(row.reason)}</p>
      )}
      {row.retries > 0 && (
        <p className="mt-1 text-xs text-muted">
          {plural(row.retries, { one: "sent again once", other: "sent again # times" })}
        </p>
      )}
    </>
  );
}
