import { t } from "@lingui/core/macro";
import type { Answer } from "@/api/types";
import { AdLink, BotLink } from "@/components/links";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { count, percent } from "@/lib/format";

type Dashboard = Answer<"/api/analytics/dashboard">;
type TopBot = Dashboard["top_bots"][number];
type TopAd = Dashboard["top_ads"][number];

const BOT_COLUMNS: Column<TopBot>[] = [
  { head: t`Bot`, cell: (bot) => <BotLink id={bot.id}>{bot.bot_name}</BotLink> },
  { head: t`Subscribers`, cell: (bot) => count(bot.subscribers), number: true },
  { head: t`New`, cell: (bot) => count(bot.new_subscribers), number: true, wide: true },
  { head: t`In`, cell: (bot) => count(bot.messages_in), number: true, wide: true },
  { head: t`Out`, cell: (bot) => count(bot.messages_out), number: true },
];

const AD_COLUMNS: Column<TopAd>[] = [
  { head: t`Ad`, cell: (ad) => <AdLink id={ad.id}>{ad.title ?? t`Ad ${ad.id}`}</AdLink> },
  { head: t`Sent`, cell: (ad) => count(ad.sent), number: true },
  { head: t`Clicks`, cell: (ad) => count(ad.clicks), number: true },
  { head: t`Click rate`, cell: (ad) => percent(ad.ctr), number: true, wide: true },
];

/** The busiest bots and the most clicked ads of the span. */
export function Tops({ top_bots, top_ads }: Pick<Dashboard, "top_bots" | "top_ads">) {
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <TableCard
        title={t`Busiest bots`}
        caption={t`Busiest bots`}
        columns={BOT_COLUMNS}
        rows={top_bots}
        rowKey={(bot) => bot.id}
        empty={<Empty title={t`No bots yet`} />}
      />
      <TableCard
        title={t`Most clicked ads`}
        caption={t`Most clicked ads`}
        columns={AD_COLUMNS}
        rows={top_ads}
        rowKey={(ad) => ad.id}
        empty={<Empty title={t`No ad was sent yet`} />}
      />
    </div>
  );
}
