import type { Answer } from "@/api/types";
import { LazyChart } from "@/components/lazy-chart";
import { Card, Stat, Stats } from "@/components/ui/card";
import { Empty } from "@/components/ui/states";
import { change, count, moneys, percent, together } from "@/lib/format";
import { Tops } from "./tops";

type Dashboard = Answer<"/api/analytics/dashboard">;
type Props = { dashboard: Dashboard; days: number };

export function Overview({ dashboard, days }: Props) {
  const { totals, series, previous } = dashboard;
  const before = days === 1 ? "the day before" : `the ${days} days before`;
  return (
    <>
      <Stats>
        <Stat
          label="Bots running"
          value={count(totals.bots_running)}
          hint={`of ${count(totals.bots)}`}
        />
        <Stat
          label="Subscribers"
          value={count(totals.subscribers)}
          hint={`${count(totals.active_users)} of them active in the last ${days === 1 ? "day" : `${days} days`}`}
        />
        <Stat
          label="Ad messages sent"
          value={count(totals.sent)}
          hint={together(
            `earned ${moneys(totals.revenues)}`,
            change(totals.sent, previous?.sent, before),
          )}
        />
        <Stat
          label="Clicks"
          value={count(totals.clicks)}
          hint={together(
            `click rate ${percent(totals.ctr)}`,
            change(totals.clicks, previous?.clicks, before),
          )}
        />
      </Stats>
      <Card title="Messages">
        {series.length === 0 ? (
          <Empty title="No traffic yet">Start a bot, or broadcast an ad.</Empty>
        ) : (
          <LazyChart
            caption={`Messages and clicks in the last ${days} days`}
            points={series}
            bucket={days > 2 ? "day" : "hour"}
            lines={[
              { key: "messages_out", name: "Out", color: "var(--accent)" },
              { key: "messages_in", name: "In", color: "var(--sent)" },
              { key: "clicks", name: "Clicks", color: "var(--unknown)" },
            ]}
          />
        )}
      </Card>
      {series.length > 0 && (
        <Card title="Subscribers">
          <LazyChart
            caption={`Subscribers who came and went in the last ${days} days`}
            points={series}
            bucket={days > 2 ? "day" : "hour"}
            lines={[
              { key: "new_subscribers", name: "Joined", color: "var(--sent)" },
              { key: "lost_subscribers", name: "Left", color: "var(--failed)" },
            ]}
          />
        </Card>
      )}
      <Tops {...dashboard} />
    </>
  );
}
