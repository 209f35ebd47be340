import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { HeatMap } from "@/components/heat-map";
import { LazyChart } from "@/components/lazy-chart";
import { Card, Stat, Stats } from "@/components/ui/card";
import { QueryView } from "@/components/ui/query-view";
import { change, count, percent } from "@/lib/format";
import { zoneName } from "@/lib/zone";
import { botAnalyticsOptions } from "../api/get-bot-analytics";
import { periodBefore, type SpanDays, spanName } from "../spans";
import { Changes } from "./changes";
import { Delivery } from "./delivery";
import { Origins } from "./origins";
import { Retention } from "./retention";
import { SpanSelect } from "./span-select";

type Figures = Answer<"/api/analytics/bots/{bot_id}">;
type Props = { botId: number; days: SpanDays; onDays: (days: SpanDays) => void };

/** Who came to a bot, from where, who stayed, and when they are there. */
export function BotAnalytics({ botId, days, onDays }: Props) {
  const figures = useQuery(botAnalyticsOptions(botId, days));
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <SpanSelect days={days} onDays={onDays} />
        <p className="text-sm text-muted">{t`Days and hours of ${zoneName()}`}</p>
      </div>
      <QueryView query={figures} what={t`analytics`} rows={8}>
        {(data) => (
          <>
            <Sums figures={data} days={days} />
            <Growth figures={data} days={days} />
            <Changes changes={data.changes} />
            <Origins botId={botId} days={days} />
            <Retention cohorts={data.retention} />
            <HeatMap
              title={t`Activity by hour of the week`}
              hours={data.activity}
              kinds={{
                messages_in: t`Messages in`,
                messages_out: t`Messages out`,
                clicks: t`Clicks`,
              }}
            />
            <Delivery delivery={data.delivery} />
          </>
        )}
      </QueryView>
    </>
  );
}

function sum<Row>(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}

function Sums({ figures, days }: { figures: Figures; days: SpanDays }) {
  const { people, series, delivery, previous } = figures;
  const against = (now: number, then?: number) => change(now, then, periodBefore(days));
  const counted = (key: Exclude<keyof Figures["series"][number], "at">) => {
    const now = sum(series, (point) => point[key]);
    return { value: count(now), hint: against(now, previous?.[key]) };
  };
  return (
    <Stats>
      <Stat
        label={t`Subscribers now`}
        value={count(people.subscribers)}
        hint={t`beside ${count(people.blocked)} blocked, ${count(people.gone)} gone, ${count(people.unsubscribed)} unsubscribed`}
      />
      <Stat label={t`New subscribers`} {...counted("new_subscribers")} />
      <Stat label={t`Lost subscribers`} {...counted("lost_subscribers")} />
      <Stat label={t`Messages in`} {...counted("messages_in")} />
      <Stat label={t`Messages out`} {...counted("messages_out")} />
      <Stat
        label={t`Ad messages sent`}
        value={count(delivery.sent)}
        hint={against(delivery.sent, previous?.sent)}
      />
      <Stat label={t`Clicks`} {...counted("clicks")} />
      <Stat
        label={t`Click rate`}
        value={percent(delivery.ctr)}
        hint={previous?.ctr != null && t`${percent(previous.ctr)} in ${periodBefore(days)}`}
      />
    </Stats>
  );
}

function Growth({ figures, days }: { figures: Figures; days: SpanDays }) {
  return (
    <div className="grid gap-5 xl:grid-cols-2">
      <Card title={t`Subscribers at the end of each day`}>
        <LazyChart
          caption={t`Subscribers, ${spanName(days)}`}
          points={figures.growth}
          bucket="day"
          lines={[{ key: "subscribers", name: t`Subscribers`, color: "var(--accent)" }]}
        />
      </Card>
      <Card title={t`New and lost subscribers`}>
        <LazyChart
          caption={t`New and lost subscribers, ${spanName(days)}`}
          points={figures.growth}
          bucket="day"
          lines={[
            { key: "new_subscribers", name: t`New`, color: "var(--sent)" },
            { key: "lost_subscribers", name: t`Lost`, color: "var(--failed)" },
          ]}
        />
      </Card>
    </div>
  );
}
