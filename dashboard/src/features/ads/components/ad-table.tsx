import { Link } from "@tanstack/react-router";
import type { Ad } from "@/api/types";
import { StateBadge } from "@/components/ui/badge";
import { type Column, Table } from "@/components/ui/table";
import { ago, money, when } from "@/lib/format";
import { adName, plainText } from "../ad-name";

const COLUMNS: Column<Ad>[] = [
  { head: "Ad", cell: (ad) => <Name ad={ad} /> },
  { head: "Status", cell: (ad) => <StateBadge state={ad.status} /> },
  { head: "Price", cell: (ad) => money(ad.price, ad.currency), number: true, wide: true },
  { head: "Goes out", cell: (ad) => when(ad.scheduled_for), wide: true },
  { head: "Created", cell: (ad) => ago(ad.created_at), wide: true },
];

export function AdTable({ ads }: { ads: Ad[] }) {
  return <Table caption="Ads" columns={COLUMNS} rows={ads} rowKey={(ad) => ad.id} />;
}

function Name({ ad }: { ad: Ad }) {
  return (
    <div className="max-w-[14rem] min-w-0 sm:max-w-md">
      <Link
        to="/ads/$adId"
        params={{ adId: String(ad.id) }}
        className="font-medium hover:text-accent hover:underline"
      >
        {adName(ad)}
      </Link>
      {ad.title && <p className="truncate text-muted">{plainText(ad.content)}</p>}
    </div>
  );
}
