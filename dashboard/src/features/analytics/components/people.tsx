import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Answer } from "@/api/types";
import { LazyChart } from "@/components/lazy-chart";
import { Card, Stat, Stats } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import { count, day, when } from "@/lib/format";
import { PERIODS, type Period, peopleOptions } from "../api/get-people";
import type { SpanDays } from "../spans";
import { SpanSelect } from "./span-select";

type Counted = Answer<"/api/analytics/people">;
type Props = { days: SpanDays; onDays: (days: SpanDays) => void };

/** How many different people there are, over all bots: who follows several is counted once. */
export function People({ days, onDays }: Props) {
  const [period, setPeriod] = useState<Period>("day");
  const people = useQuery(peopleOptions(period, days));
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <SpanSelect days={days} onDays={onDays} />
        <FilterSelect
          label={t`By`}
          value={period}
          options={PERIODS}
          onChange={(choice) => choice && setPeriod(choice)}
        />
      </div>
      <QueryView query={people} what={t`people`} rows={8}>
        {(data) => <Counts counted={data} period={period} />}
      </QueryView>
    </>
  );
}

function Counts({ counted, period }: { counted: Counted; period: Period }) {
  const { subscribed, series, counted_until } = counted;
  const latest = series.at(-1);
  if (!latest || !counted_until)
    return (
      <Card>
        <Empty title={t`Nobody was counted yet`}>{t`People are counted every hour.`}</Empty>
      </Card>
    );
  return (
    <>
      <Stats>
        <Stat
          label={t`People subscribed`}
          value={count(subscribed?.people)}
          hint={subscribed && t`each once, over all bots; on ${when(subscribed.at)}`}
        />
        <Stat
          label={t`People who wrote, this ${period}`}
          value={count(latest.people)}
          hint={t`since ${day(latest.start, true)}, up to ${when(counted_until)}`}
        />
      </Stats>
      <Card title={t`People who wrote in each ${period}`}>
        <LazyChart
          caption={t`People who wrote in each ${period}`}
          points={series.map(({ start, people }) => ({ at: start, people }))}
          bucket="day"
          inUtc
          lines={[{ key: "people", name: t`People, each once`, color: "var(--accent)" }]}
        />
      </Card>
    </>
  );
}
