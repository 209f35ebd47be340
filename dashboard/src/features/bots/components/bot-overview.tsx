import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { Bot } from "@/api/types";
import { LazyChart } from "@/components/lazy-chart";
import { Card, Facts, Stat, Stats } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { ago, count, duration, when } from "@/lib/format";
import { botMetricsOptions, SPANS, type Span } from "../api/get-metrics";
import { botStatusOptions } from "../api/get-status";

type Props = { bot: Bot; span: Span; onSpan: (span: Span) => void };

/** How one bot is doing: its session, and its traffic over time. */
export function BotOverview({ bot, span, onSpan }: Props) {
  return (
    <>
      <BotMetrics bot={bot} span={span} onSpan={onSpan} />
      <Card title={t`Session`}>
        <SessionFacts bot={bot} />
      </Card>
    </>
  );
}

const SPAN_NAMES: Record<Span, string> = {
  "1h": t`last hour`,
  "24h": t`last 24 hours`,
  "30d": t`last 30 days`,
};

function BotMetrics({ bot, span, onSpan }: Props) {
  const metrics = useQuery(botMetricsOptions(bot.id, span));
  return (
    <QueryView query={metrics} what={t`metrics`} rows={8}>
      {({ totals, series }) => (
        <>
          <Stats>
            <Stat label={t`Subscribers`} value={count(totals.subscribers)} />
            <Stat label={t`Messages in`} value={count(totals.messages_in)} />
            <Stat label={t`Messages out`} value={count(totals.messages_out)} />
            <Stat label={t`Blocked by`} value={count(totals.blocked)} />
          </Stats>
          <Card
            title={t`Messages`}
            aside={
              <FilterSelect
                label={t`Span`}
                value={span}
                options={Object.keys(SPANS) as Span[]}
                name={(option) => SPAN_NAMES[option]}
                onChange={(choice) => choice && onSpan(choice)}
              />
            }
          >
            <LazyChart
              caption={t`Messages, ${SPAN_NAMES[span]}`}
              points={series}
              bucket={SPANS[span].bucket}
              lines={[
                { key: "messages_out", name: t`Out`, color: "var(--accent)" },
                { key: "messages_in", name: t`In`, color: "var(--sent)" },
                { key: "errors", name: t`Errors`, color: "var(--failed)" },
              ]}
            />
          </Card>
        </>
      )}
    </QueryView>
  );
}

function SessionFacts({ bot }: { bot: Bot }) {
  const status = useQuery(botStatusOptions(bot.id));
  return (
    <QueryView query={status} what={t`session`}>
      {(now) => (
        <Facts
          items={[
            [t`Runs on`, now.worker ?? t`no worker`],
            [t`Started`, when(now.started_at)],
            [t`Up for`, duration(now.uptime_seconds)],
            [t`Restarts`, count(now.restarts)],
            [t`Last active`, ago(now.last_active)],
            [t`Updates waiting at Telegram`, count(now.pending_updates)],
            [t`Receives by`, bot.receive_mode],
            [t`Token`, bot.token_hint],
          ]}
        />
      )}
    </QueryView>
  );
}
