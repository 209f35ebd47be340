import { t } from "@lingui/core/macro";
import type { Statistics } from "@/api/types";
import { LazyChart } from "@/components/lazy-chart";
import { BotLink } from "@/components/links";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { count } from "@/lib/format";
import { words } from "@/lib/words";
import { OutcomeBar } from "./outcome-bar";

type PerBot = Statistics["per_bot"][number];
type Trouble = Statistics["errors"][number];

/** One row for each bot, with its own small bar. */
export function PerBotTable(props: {
  rows: PerBot[];
  botName: (id: number) => string;
  link: boolean;
}) {
  const name = (row: PerBot) => props.botName(row.bot_id);
  const columns: Column<PerBot>[] = [
    {
      head: t`Bot`,
      cell: (row) => (props.link ? <BotLink id={row.bot_id}>{name(row)}</BotLink> : name(row)),
    },
    { head: t`Progress`, cell: (row) => <OutcomeBar row={row} />, wide: true },
    { head: t`Audience`, cell: (row) => count(row.audience), number: true },
    { head: t`Pending`, cell: (row) => count(row.pending), number: true },
    { head: t`Sent`, cell: (row) => count(row.sent), number: true },
    { head: t`Blocked`, cell: (row) => count(row.blocked), number: true, wide: true },
    { head: t`Failed`, cell: (row) => count(row.failed), number: true },
    { head: t`Unknown`, cell: (row) => count(row.unknown), number: true, wide: true },
    { head: t`Skipped`, cell: (row) => count(row.skipped), number: true, wide: true },
    { head: t`Clicks`, cell: (row) => count(row.clicks), number: true, wide: true },
  ];
  return (
    <TableCard
      title={t`Bots`}
      caption={t`By bot`}
      columns={columns}
      rows={props.rows}
      rowKey={(row) => row.bot_id}
      empty={<Empty title={t`No bot has a part in it yet`} />}
    />
  );
}

const ERROR_COLUMNS: Column<Trouble>[] = [
  { head: t`Code`, cell: (row) => row.code ?? "–" },
  { head: t`What Telegram said`, cell: (row) => row.description },
  { head: t`What Crier did`, cell: (row) => words(row.action) },
  { head: t`Times`, cell: (row) => count(row.count), number: true },
];

export function ErrorTable({ rows }: { rows: Trouble[] }) {
  return (
    <TableCard
      title={t`Errors and what was done`}
      caption={t`Errors`}
      columns={ERROR_COLUMNS}
      rows={rows}
      rowKey={(row) => `${row.code} ${row.description} ${row.action}`}
      empty={<Empty title={t`No errors`} />}
    />
  );
}

/** Points are minutes; fewer of them are no line worth looking at. */
const FEWEST_POINTS = 4;

export function Timeline({ points }: { points: Statistics["timeline"] }) {
  if (points.length < FEWEST_POINTS) return null;
  return (
    <Card title={t`Over time`}>
      <LazyChart
        caption={t`Sent, failed and clicked over time`}
        points={points}
        lines={[
          { key: "sent", name: t`Sent`, color: "var(--sent)" },
          { key: "failed", name: t`Failed`, color: "var(--failed)" },
          { key: "clicks", name: t`Clicks`, color: "var(--accent)" },
        ]}
      />
    </Card>
  );
}
