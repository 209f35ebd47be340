import { Link } from "@tanstack/react-router";
import type { Answer } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/states";
import { type Column, Table } from "@/components/ui/table";
import { count, percent } from "@/lib/format";

type Dashboard = Answer<"/api/analytics/dashboard">;
type TopBot = Dashboard["top_bots"][number];
type TopAd = Dashboard["top_ads"][number];

const LINK = "font-medium hover:text-accent hover:underline";

const BOT_COLUMNS: Column<TopBot>[] = [
  {
    head: "Bot",
    cell: (bot) => (
      <Link to="/bots/$botId" params={{ botId: String(bot.id) }} className={LINK}>
        {bot.bot_name}
      </Link>
    ),
  },
  { head: "Subscribers", cell: (bot) => count(bot.subscribers), number: true },
  { head: "New", cell: (bot) => count(bot.new_subscribers), number: true, wide: true },
  { head: "In", cell: (bot) => count(bot.messages_in), number: true, wide: true },
  { head: "Out", cell: (bot) => count(bot.messages_out), number: true },
];

const AD_COLUMNS: Column<TopAd>[] = [
  {
    head: "Ad",
    cell: (ad) => (
      <Link to="/ads/$adId" params={{ adId: String(ad.id) }} className={LINK}>
        {ad.title ?? `Ad ${ad.id}`}
      </Link>
    ),
  },
  { head: "Sent", cell: (ad) => count(ad.sent), number: true },
  { head: "Clicks", cell: (ad) => count(ad.clicks), number: true },
  { head: "Click rate", cell: (ad) => percent(ad.ctr), number: true, wide: true },
];

/** The busiest bots and the most clicked ads of the span. */
export function Tops({ top_bots, top_ads }: Pick<Dashboard, "top_bots" | "top_ads">) {
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Card title="Busiest bots" flush>
        {top_bots.length === 0 ? (
          <Empty title="No bots yet" />
        ) : (
          <Table
            caption="Busiest bots"
            columns={BOT_COLUMNS}
            rows={top_bots}
            rowKey={(bot) => bot.id}
          />
        )}
      </Card>
      <Card title="Most clicked ads" flush>
        {top_ads.length === 0 ? (
          <Empty title="No ad was sent yet" />
        ) : (
          <Table
            caption="Most clicked ads"
            columns={AD_COLUMNS}
            rows={top_ads}
            rowKey={(ad) => ad.id}
          />
        )}
      </Card>
    </div>
  );
}
