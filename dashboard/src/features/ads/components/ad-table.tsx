import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Ad } from "@/api/types";
import { AdLink } from "@/components/links";
import { StateBadge } from "@/components/ui/badge";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { ago, money, plainText, when } from "@/lib/format";
import { adName } from "../ad-name";
import type { adsOptions } from "../api/list-ads";

const COLUMNS: Column<Ad>[] = [
  { head: t`Ad`, cell: (ad) => <Name ad={ad} /> },
  { head: t`Status`, cell: (ad) => <StateBadge state={ad.status} /> },
  { head: t`Price`, cell: (ad) => money(ad.price, ad.currency), number: true, wide: true },
  { head: t`Goes out`, cell: (ad) => when(ad.scheduled_for), wide: true },
  { head: t`Created`, cell: (ad) => ago(ad.created_at), wide: true },
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

function Name({ ad }: { ad: Ad }) {
  return (
    <div className="max-w-[14rem] min-w-0 sm:max-w-md">
      <AdLink id={ad.id}>{adName(ad)}</AdLink>
      {ad.title && <p className="truncate text-muted">{plainText(ad.content)}</p>}
    </div>
  );
}
