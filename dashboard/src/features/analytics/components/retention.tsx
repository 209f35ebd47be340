import { t } from "@lingui/core/macro";
import type { Answer } from "@/api/types";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { count, day, percent } from "@/lib/format";

type Cohort = Answer<"/api/analytics/bots/{bot_id}">["retention"][number];

/** Later weeks than this do not fit beside each other. */
const MOST_WEEKS = 12;

/** Of those who joined in one week, the share that was still seen n weeks later. */
export function Retention({ cohorts }: { cohorts: Cohort[] }) {
  const weeks = Math.min(MOST_WEEKS, Math.max(0, ...cohorts.map(({ active }) => active.length)));
  const columns: Column<Cohort>[] = [
    { head: t`Week of`, cell: ({ week }) => day(week, true) },
    { head: t`Joined`, cell: ({ joined }) => count(joined), number: true },
    {
      head: t`Subscribed now`,
      cell: ({ remaining }) => count(remaining),
      number: true,
      wide: true,
    },
    ...Array.from({ length: weeks }, (_, week) => ({
      head: week === 0 ? t`Same week` : `+${week}`,
      cell: (cohort: Cohort) => <Share cohort={cohort} week={week} />,
      number: true,
    })),
  ];
  return (
    <TableCard
      title={t`Retention by week of joining`}
      aside={
        <span className="text-sm text-muted">{t`seen in that week or later; every hour anew`}</span>
      }
      caption={t`Retention`}
      columns={columns}
      rows={cohorts}
      rowKey={({ week }) => week}
      empty={
        <Empty
          title={t`Nothing is known yet`}
        >{t`The first figures come within an hour after the first people joined.`}</Empty>
      }
    />
  );
}

function Share({ cohort, week }: { cohort: Cohort; week: number }) {
  const seen = cohort.active[week];
  if (seen === undefined || cohort.joined === 0) return null;
  const share = seen / cohort.joined;
  return (
    <span
      title={t`${count(seen)} of ${count(cohort.joined)}`}
      className="inline-block min-w-12 rounded px-1.5 py-0.5"
      style={{ backgroundColor: `color-mix(in srgb, var(--accent) ${share * 30}%, transparent)` }}
    >
      {percent(share)}
    </span>
  );
}
