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
      <Card title="Session">
        <SessionFacts bot={bot} />
      </Card>
    </>
  );
}

const SPAN_NAMES: Record<Span, string> = {
  "1h": "last hour",
  "24h": "last 24 hours",
  "30d": "last 30 days",
};

function BotMetrics({ bot, span, onSpan }: Props) {
  const metrics = useQuery(botMetricsOptions(bot.id, span));
  return (
    <QueryView query={metrics} what="metrics" rows={8}>
      {({ totals, series }) => (
        <>
          <Stats>
            <Stat label="Subscribers" value={count(totals.subscribers)} />
            <Stat label="Messages in" value={count(totals.messages_in)} />
            <Stat label="Messages out" value={count(totals.messages_out)} />
            <Stat label="Blocked by" value={count(totals.blocked)} />
          </Stats>
          <Card
            title="Messages"
            aside={
              <FilterSelect
                label="Span"
                value={span}
                options={Object.keys(SPANS) as Span[]}
                name={(option) => SPAN_NAMES[option]}
                onChange={(choice) => choice && onSpan(choice)}
              />
            }
          >
            <LazyChart
              caption={`Messages, ${SPAN_NAMES[span]}`}
              points={series}
              bucket={SPANS[span].bucket}
              lines={[
                { key: "messages_out", name: "Out", color: "var(--accent)" },
                { key: "messages_in", name: "In", color: "var(--sent)" },
                { key: "errors", name: "Errors", color: "var(--failed)" },
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
    <QueryView query={status} what="session">
      {(now) => (
        <Facts
          items={[
            ["Runs on", now.worker ?? "no worker"],
            ["Started", when(now.started_at)],
            ["Up for", duration(now.uptime_seconds)],
            ["Restarts", count(now.restarts)],
            ["Last active", ago(now.last_active)],
            ["Updates waiting at Telegram", count(now.pending_updates)],
            ["Receives by", bot.receive_mode],
            ["Token", bot.token_hint],
          ]}
        />
      )}
    </QueryView>
  );
}
