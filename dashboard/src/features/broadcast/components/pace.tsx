import { plural, t } from "@lingui/core/macro";
import { Hourglass } from "lucide-react";
import type { Statistics } from "@/api/types";
import { worded } from "@/api/worded";
import { Stat, Stats } from "@/components/ui/card";
import { clock, count, decimal, duration, money, percent, timeOfDay, when } from "@/lib/format";
import { words } from "@/lib/words";
import { isMoving } from "../api/get-statistics";

/** How fast it goes and when it ends; once over, how long it took and what it brought. */
export function Pace({ statistics }: { statistics: Statistics }) {
  const { status, rate_per_second, estimated_seconds_left, ctr } = statistics;
  const live = status === "broadcasting";
  return (
    <Stats>
      {isMoving(statistics) ? (
        <>
          <Stat
            label={t`Rate`}
            value={live ? decimal(rate_per_second) : "–"}
            hint={t`messages a second`}
          />
          <Stat
            label={t`Time left`}
            value={live ? duration(estimated_seconds_left) : "–"}
            hint={live ? endsAt(estimated_seconds_left) : words(status)}
          />
        </>
      ) : (
        <>
          <Stat
            label={t`Took`}
            value={took(statistics)}
            hint={t`from ${when(statistics.started_at)}`}
          />
          <Stat
            label={t`Price`}
            value={money(statistics.price, statistics.currency)}
            hint={t`CPM ${money(statistics.cpm, statistics.currency)}`}
          />
        </>
      )}
      <Stat label={t`Clicks`} value={count(statistics.clicks)} hint={clicked(statistics)} />
      <Stat label={t`Click rate`} value={percent(ctr)} hint={t`people who clicked, of sent`} />
    </Stats>
  );
}

function clicked({ unique_clicks, machine_clicks }: Statistics): string {
  const people = plural(unique_clicks, { one: "# person", other: "# people" });
  return machine_clicks ? t`${people}, ${count(machine_clicks)} by machines left out` : people;
}

function endsAt(seconds: number | null): string {
  if (seconds == null) return t`not known yet`;
  return t`until ${clock(new Date(Date.now() + seconds * 1000).toISOString())}`;
}

function took({ completed_at, duration_seconds }: Statistics): string {
  return completed_at && duration_seconds !== null ? duration(duration_seconds) : "–";
}

type WaitingProps = { statistics: Statistics; botName: (id: number) => string };

/** Why it paused or ended, and what each bot's part waits for ("Telegram until 12:04:31"). */
export function Waits({ statistics, botName }: WaitingProps) {
  const { reason, waiting } = statistics;
  if (!reason && waiting.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 rounded-lg bg-blocked/12 px-3 py-2 text-sm">
      {reason && <li className="font-medium">{worded(reason)}</li>}
      {waiting.slice(0, MOST_SHOWN).map((part) => (
        <li key={part.bot_id} className="flex items-center gap-2">
          <Hourglass aria-hidden className="size-4 shrink-0 text-blocked" />
          <span>{waits(botName(part.bot_id), part)}</span>
        </li>
      ))}
      {waiting.length > MOST_SHOWN && (
        <li>
          {plural(waiting.length - MOST_SHOWN, { one: "and # more bot", other: "and # more bots" })}
        </li>
      )}
    </ul>
  );
}

const MOST_SHOWN = 5;

function waits(bot: string, { reason: why, until }: Statistics["waiting"][number]): string {
  const reason = worded(why);
  if (!until) return t`${bot} waits: ${reason}`;
  return t`${bot} waits: ${reason} until ${timeOfDay(until)}`;
}
