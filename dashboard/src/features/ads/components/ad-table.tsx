import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { AdRow } from "@/api/types";
import { AdLink, linkClass } from "@/components/links";
import { StateBadge } from "@/components/ui/badge";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { ago, count, money, percent, plainText, when } from "@/lib/format";
import { adName } from "../ad-name";
import type { adsOptions } from "../api/list-ads";

const COLUMNS: Column<AdRow>[] = [
  { head: t`Ad`, cell: (ad) => <Name ad={ad} /> },
  { head: t`Status`, cell: (ad) => <Status ad={ad} /> },
  { head: t`Sent`, cell: ({ last_broadcast: last }) => sentOf(last), number: true, wide: true },
  {
    head: t`Clicked`,
    cell: ({ last_broadcast: last }) => count(last?.unique_clicks),
    number: true,
    wide: true,
  },
  {
    head: t`Click rate`,
    cell: ({ last_broadcast: last }) => percent(last?.ctr),
    number: true,
    wide: true,
  },
  { head: t`Last broadcast`, cell: (ad) => <LastBroadcast ad={ad} />, wide: true },
  { head: t`Price`, cell: (ad) => money(ad.price, ad.currency), number: true, wide: true },
];

type Props = { options: ReturnType<typeof adsOptions>; empty: ReactNode };

export function AdList({ options, empty }: Props) {
  return (
    <ListCard
      caption={t`Ads`}
      columns={COLUMNS}
      query={useInfiniteQuery(options)}
      rowKey={(ad) => ad.id}
      empty={empty}
    />
  );
}

function Name({ ad }: { ad: AdRow }) {
  return (
    <div className="max-w-40 min-w-0 lg:max-w-52 2xl:max-w-md">
      <AdLink id={ad.id}>{adName(ad)}</AdLink>
      {ad.title && <p className="truncate text-muted">{plainText(ad.content)}</p>}
    </div>
  );
}

function Status({ ad }: { ad: AdRow }) {
  const last = ad.last_broadcast;
  return (
    <>
      <StateBadge state={ad.status} />
      {last && last.sent > 0 && (
        <p className="mt-1 text-xs text-muted sm:hidden">
          {t`${count(last.sent)} sent, ${percent(last.ctr)} clicked`}
        </p>
      )}
    </>
  );
}

function sentOf(last: AdRow["last_broadcast"]): string {
  return last ? t`${count(last.sent)} of ${count(last.audience)}` : count(null);
}

/** When the latest broadcast began or begins; the way to it. */
function LastBroadcast({ ad }: { ad: AdRow }) {
  const last = ad.last_broadcast;
  const planned = ad.scheduled_for && t`goes out ${when(ad.scheduled_for)}`;
  if (!last) return <span className="block min-w-28 text-muted">{planned ?? t`not yet`}</span>;
  return (
    <Link
      to="/ads/$adId/broadcast"
      params={{ adId: String(ad.id) }}
      search={{ broadcast_id: last.broadcast_id }}
      className={`block min-w-28 ${linkClass}`}
    >
      {(last.status === "scheduled" && planned) || ago(last.created_at)}
    </Link>
  );
}
