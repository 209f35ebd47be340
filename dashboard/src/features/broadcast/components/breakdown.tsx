import type { Statistics } from "@/api/types";
import { LazyChart } from "@/components/lazy-chart";
import { BotLink } from "@/components/links";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { count, words } from "@/lib/format";
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
      head: "Bot",
      cell: (row) => (props.link ? <BotLink id={row.bot_id}>{name(row)}</BotLink> : name(row)),
    },
    { head: "Progress", cell: (row) => <OutcomeBar row={row} />, wide: true },
    { head: "Audience", cell: (row) => count(row.audience), number: true },
    { head: "Pending", cell: (row) => count(row.pending), number: true },
    { head: "Sent", cell: (row) => count(row.sent), number: true },
    { head: "Blocked", cell: (row) => count(row.blocked), number: true, wide: true },
    { head: "Failed", cell: (row) => count(row.failed), number: true },
    { head: "Unknown", cell: (row) => count(row.unknown), number: true, wide: true },
    { head: "Skipped", cell: (row) => count(row.skipped), number: true, wide: true },
    { head: "Clicks", cell: (row) => count(row.clicks), number: true, wide: true },
  ];
  return (
    <TableCard
      title="Bots"
      caption="By bot"
      columns={columns}
      rows={props.rows}
      rowKey={(row) => row.bot_id}
      empty={<Empty title="No bot has a part in it yet" />}
    />
  );
}

const ERROR_COLUMNS: Column<Trouble>[] = [
  { head: "Code", cell: (row) => row.code ?? "–" },
  { head: "What Telegram said", cell: (row) => row.description },
  { head: "What Crier did", cell: (row) => words(row.action) },
  { head: "Times", cell: (row) => count(row.count), number: true },
];

export function ErrorTable({ rows }: { rows: Trouble[] }) {
  return (
    <TableCard
      title="Errors and what was done"
      caption="Errors"
      columns={ERROR_COLUMNS}
      rows={rows}
      rowKey={(row) => `${row.code} ${row.description} ${row.action}`}
      empty={<Empty title="No errors" />}
    />
  );
}

/** Points are minutes; fewer of them are no line worth looking at. */
const FEWEST_POINTS = 4;

export function Timeline({ points }: { points: Statistics["timeline"] }) {
  if (points.length < FEWEST_POINTS) return null;
  return (
    <Card title="Over time">
      <LazyChart
        caption="Sent, failed and clicked over time"
        points={points}
        lines={[
          { key: "sent", name: "Sent", color: "var(--sent)" },
          { key: "failed", name: "Failed", color: "var(--failed)" },
          { key: "clicks", name: "Clicks", color: "var(--accent)" },
        ]}
      />
    </Card>
  );
}
