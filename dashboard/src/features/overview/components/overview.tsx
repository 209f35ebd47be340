import { plural, t } from "@lingui/core/macro";
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
  const before = plural(days, { one: "the day before", other: "the # days before" });
  return (
    <>
      <Stats>
        <Stat
          label={t`Bots running`}
          value={count(totals.bots_running)}
          hint={t`of ${count(totals.bots)}`}
        />
        <Stat
          label={t`Subscribers`}
          value={count(totals.subscribers)}
          hint={active(totals.active_users, days)}
        />
        <Stat
          label={t`Ad messages sent`}
          value={count(totals.sent)}
          hint={together(
            t`earned ${moneys(totals.revenues)}`,
            change(totals.sent, previous?.sent, before),
          )}
        />
        <Stat
          label={t`Clicks`}
          value={count(totals.clicks)}
          hint={together(
            t`click rate ${percent(totals.ctr)}`,
            change(totals.clicks, previous?.clicks, before),
          )}
        />
      </Stats>
      <Card title={t`Messages`}>
        {series.length === 0 ? (
          <Empty title={t`No traffic yet`}>{t`Start a bot, or broadcast an ad.`}</Empty>
        ) : (
          <LazyChart
            caption={t`Messages and clicks in the last ${plural(days, { one: "# day", other: "# days" })}`}
            points={series}
            bucket={days > 2 ? "day" : "hour"}
            lines={[
              { key: "messages_out", name: t`Out`, color: "var(--accent)" },
              { key: "messages_in", name: t`In`, color: "var(--sent)" },
              { key: "clicks", name: t`Clicks`, color: "var(--unknown)" },
            ]}
          />
        )}
      </Card>
      {series.length > 0 && (
        <Card title={t`Subscribers`}>
          <LazyChart
            caption={t`Subscribers who came and went in the last ${plural(days, { one: "# day", other: "# days" })}`}
            points={series}
            bucket={days > 2 ? "day" : "hour"}
            lines={[
              { key: "new_subscribers", name: t`Joined`, color: "var(--sent)" },
              { key: "lost_subscribers", name: t`Left`, color: "var(--failed)" },
            ]}
          />
        </Card>
      )}
      <Tops {...dashboard} />
    </>
  );
}

function active(people: number, days: number): string {
  const many = count(people);
  return plural(days, {
    one: `${many} of them active in the last day`,
    other: `${many} of them active in the last # days`,
  });
}
