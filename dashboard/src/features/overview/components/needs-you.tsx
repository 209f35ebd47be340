import { plural, t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Bot, SystemStatus, WaitingAd } from "@/api/types";
import { worded } from "@/api/worded";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ago, count } from "@/lib/format";
import { words } from "@/lib/words";

type Broadcast = {
  ad_id: number;
  broadcast_id: number;
  ad_title: string | null;
  reason: string | null;
};

type Props = {
  bots: Bot[];
  /** Ads that wait for review, and whether there are still more of them. */
  ads: { ad: WaitingAd; name: string }[];
  moreAds: boolean;
  /** Broadcasts that paused, by themselves or by somebody. */
  paused: Broadcast[];
  parts: SystemStatus["components"];
  /** Kinds of errors that nobody has marked as known or resolved. */
  errors: number;
};

const MOST_SHOWN = 5;
/** More ads than these are one row. */
const MOST_ADS = 2;

/** What does not go on by itself, each with the way to its remedy; nothing where all is well. */
export function NeedsYou({ bots, ads, moreAds, paused, parts, errors }: Props) {
  const all = [
    ...parts.map((part) => <Part key={`part ${part.name}`} part={part} />),
    ...bots.map((bot) => <BrokenBot key={`bot ${bot.id}`} bot={bot} />),
    ...paused.map((row) => <Paused key={`broadcast ${row.broadcast_id}`} row={row} />),
    ...(ads.length > MOST_ADS
      ? [<ManyToReview key="ads" many={ads.length} more={moreAds} />]
      : ads.map(({ ad, name }) => <ToReview key={`ad ${ad.id}`} ad={ad} name={name} />)),
    ...(errors > 0 ? [<Errors key="errors" many={errors} />] : []),
  ];
  if (all.length === 0) return null;
  return (
    <Card title={t`Needs you`} flush>
      <ul>{all.slice(0, MOST_SHOWN)}</ul>
      {all.length > MOST_SHOWN && (
        <p className="border-t border-line px-4 py-2 text-sm text-muted">{t`and ${count(all.length - MOST_SHOWN)} more`}</p>
      )}
    </Card>
  );
}

function Row({ title, text, action }: { title: string; text: string; action: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line/60 px-4 py-2.5 text-sm last:border-0">
      <TriangleAlert aria-hidden className="size-4 shrink-0 text-blocked" />
      <div className="min-w-0 flex-1 break-words">
        <span className="font-medium">{title}</span>
        <span className="block text-muted">{text}</span>
      </div>
      {action}
    </li>
  );
}

function Part({ part }: { part: SystemStatus["components"][number] }) {
  return (
    <Row
      title={t`The ${words(part.name)} is ${words(part.status)}`}
      text={part.detail ? worded(part.detail) : t`It gave no reason.`}
      action={<Link to="/system" className={buttonClass()}>{t`Open`}</Link>}
    />
  );
}

function Errors({ many }: { many: number }) {
  return (
    <Row
      title={plural(many, {
        one: "One kind of error is open",
        other: "# kinds of errors are open",
      })}
      text={t`Resolve them, or mark them as known.`}
      action={
        <Link to="/system" search={{ tab: "errors" }} className={buttonClass()}>
          {t`Look`}
        </Link>
      }
    />
  );
}

function BrokenBot({ bot }: { bot: Bot }) {
  return (
    <Row
      title={t`${bot.bot_name} does not run`}
      text={bot.last_error ? worded(bot.last_error) : t`It stopped with an error.`}
      action={
        <Link
          to="/bots/$botId"
          params={{ botId: String(bot.id) }}
          className={buttonClass()}
        >{t`Open`}</Link>
      }
    />
  );
}

function Paused({ row }: { row: Broadcast }) {
  return (
    <Row
      title={t`${row.ad_title ?? t`Ad ${row.ad_id}`} is paused`}
      text={row.reason ? worded(row.reason) : t`Somebody paused it. It goes on when you resume it.`}
      action={
        <Link
          to="/ads/$adId/broadcast"
          params={{ adId: String(row.ad_id) }}
          search={{ broadcast_id: row.broadcast_id }}
          className={buttonClass()}
        >{t`Open`}</Link>
      }
    />
  );
}

function ToReview({ ad, name }: Props["ads"][number]) {
  return (
    <Row
      title={t`${name} waits for review`}
      text={t`handed in ${ago(ad.submitted_at)}`}
      action={<ReviewLink />}
    />
  );
}

function ManyToReview({ many, more }: { many: number; more: boolean }) {
  return (
    <Row
      title={
        more
          ? t`More than ${count(many)} ads wait for review`
          : plural(many, { one: "# ad waits for review", other: "# ads wait for review" })
      }
      text={t`The one that waits longest comes first.`}
      action={<ReviewLink />}
    />
  );
}

function ReviewLink() {
  return <Link to="/ads/reviews" className={buttonClass()}>{t`Review`}</Link>;
}
