import { Hourglass } from "lucide-react";
import type { Statistics } from "@/api/types";
import { Stat, Stats } from "@/components/ui/card";
import { clock, count, decimal, duration, money, percent, when } from "@/lib/format";
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
            label="Rate"
            value={live ? decimal(rate_per_second) : "–"}
            hint="messages a second"
          />
          <Stat
            label="Time left"
            value={live ? duration(estimated_seconds_left) : "–"}
            hint={live ? endsAt(estimated_seconds_left) : status}
          />
        </>
      ) : (
        <>
          <Stat
            label="Took"
            value={took(statistics)}
            hint={`from ${when(statistics.started_at)}`}
          />
          <Stat
            label="Price"
            value={money(statistics.price, statistics.currency)}
            hint={`CPM ${money(statistics.cpm, statistics.currency)}`}
          />
        </>
      )}
      <Stat label="Clicks" value={count(statistics.clicks)} hint={clicked(statistics)} />
      <Stat label="Click rate" value={percent(ctr)} hint="people who clicked, of sent" />
    </Stats>
  );
}

function clicked({ unique_clicks, machine_clicks }: Statistics): string {
  const machines = machine_clicks ? `, ${count(machine_clicks)} by machines left out` : "";
  return `${count(unique_clicks)} people${machines}`;
}

function endsAt(seconds: number | null): string {
  if (seconds == null) return "not known yet";
  return `until ${clock(new Date(Date.now() + seconds * 1000).toISOString())}`;
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
      {reason && <li className="font-medium">{reason}</li>}
      {waiting.slice(0, MOST_SHOWN).map((part) => (
        <li key={part.bot_id} className="flex items-center gap-2">
          <Hourglass aria-hidden className="size-4 shrink-0 text-blocked" />
          <span>
            {botName(part.bot_id)} waits: {part.reason}
            {part.until && ` until ${toTheSecond(part.until)}`}
          </span>
        </li>
      ))}
      {waiting.length > MOST_SHOWN && <li>and {count(waiting.length - MOST_SHOWN)} more bots</li>}
    </ul>
  );
}

const MOST_SHOWN = 5;

function toTheSecond(iso: string): string {
  return new Date(iso).toLocaleTimeString("en-GB");
}
