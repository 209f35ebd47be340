import type { Answer } from "@/api/types";
import { type Column, Table } from "@/components/ui/table";
import { ago, count } from "@/lib/format";

type Row = Answer<"/api/erasures">["items"][number];

const COLUMNS: Column<Row>[] = [
  { head: "What", cell: (row) => (row.kind === "bot" ? `Bot ${row.bot_id}` : "A person") },
  { head: "State", cell: (row) => (row.step ? `${row.state}: ${row.step}` : row.state) },
  { head: "Rows", cell: (row) => count(row.rows), number: true },
  { head: "Asked by", cell: (row) => row.requested_by, wide: true },
  { head: "Asked", cell: (row) => ago(row.requested_at), wide: true },
  { head: "Done", cell: (row) => ago(row.done_at), wide: true },
];

export function ErasureTable({ erasures }: { erasures: Row[] }) {
  return <Table caption="Erasures" columns={COLUMNS} rows={erasures} rowKey={(row) => row.id} />;
}
