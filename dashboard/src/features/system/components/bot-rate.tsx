import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ChooseOne } from "@/components/choose/choose-one";
import { LazyChart } from "@/components/lazy-chart";
import { Card } from "@/components/ui/card";
import { QueryView } from "@/components/ui/query-view";
import { figure } from "@/lib/format";
import type { Range } from "@/lib/range";
import { type BotSeries, botSeriesOptions, breakdownOptions } from "../api/get-breakdown";
import { AXIS, LENGTHS_MS, logsOf, Peak } from "./peak";

type Props = {
  range: Range;
  /** The bot that is shown; the busiest one where it is undefined. */
  botId: number | undefined;
  onBot: (id: number | undefined) => void;
  botName: (id: number) => string;
};

/** What one bot sent, and how often Telegram told it to wait, against what it may send. */
export function BotRate({ range, botId, onBot, botName }: Props) {
  const busiest = useQuery(breakdownOptions("bot", range)).data?.items[0]?.name;
  const shown = botId ?? (busiest === undefined ? undefined : Number(busiest));
  return (
    <Card
      title={t`A bot's messages against its allowed rate`}
      aside={
        <ChooseOne
          label={t`Bot`}
          kind="bots"
          any={t`the busiest`}
          beside
          value={shown === undefined ? null : { id: shown, name: botName(shown) }}
          onChange={(bot) => onBot(bot?.id)}
        />
      }
    >
      {shown === undefined ? (
        <p className="text-sm text-muted">{t`No bot sent anything in this time.`}</p>
      ) : (
        <OneBot id={shown} range={range} />
      )}
    </Card>
  );
}

function OneBot({ id, range }: { id: number; range: Range }) {
  const query = useQuery(botSeriesOptions(id, range));
  const navigate = useNavigate();
  return (
    <QueryView query={query} what={t`chart`} rows={6}>
      {(found) => {
        const points = pointsOf(found);
        const lengthMs = LENGTHS_MS[found.bucket];
        const lines = [SENT, THROTTLED, ...(found.allowed_rate === null ? [] : [ALLOWED])];
        return (
          <>
            <LazyChart
              caption={t`A bot's messages against its allowed rate`}
              points={points}
              lines={lines}
              bucket={AXIS[found.bucket]}
              inUtc={found.tz === "UTC"}
              onPoint={(at) => void navigate(logsOf(at, lengthMs, id))}
            />
            <div className="mt-3 flex flex-wrap justify-between gap-x-4 gap-y-1 text-sm text-muted">
              <p>{allowance(found.allowed_rate)}</p>
              <Peak series={points} line={THROTTLED} lengthMs={lengthMs} botId={id} />
              <Peak series={points} line={SENT} lengthMs={lengthMs} botId={id} />
            </div>
          </>
        );
      }}
    </QueryView>
  );
}

const SENT = { key: "sent", name: t`Sent`, color: "var(--sent)" } as const;
const THROTTLED = {
  key: "throttled",
  name: t`Told to wait (429)`,
  color: "var(--blocked)",
} as const;
const ALLOWED = { key: "allowed", name: t`Allowed`, color: "var(--accent)" } as const;

/** For a second. Sends are replies too. */
function pointsOf({ series, allowed_rate, bucket }: BotSeries) {
  return series.map(({ at, sends }) => ({
    at,
    sent: sends?.rate ?? 0,
    throttled: (sends?.throttled ?? 0) / (LENGTHS_MS[bucket] / 1000),
    allowed: allowed_rate,
  }));
}

function allowance(rate: number | null): string {
  if (rate === null) return t`By its settings it may send as fast as Telegram takes it.`;
  return t`By its settings it may send ${figure(rate)} messages a second now. Points are averages.`;
}
