import { useInfiniteQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { ago, count } from "@/lib/format";
import { erasuresOptions } from "../api/list-erasures";

type Row = Answer<"/api/erasures">["items"][number];

const COLUMNS: Column<Row>[] = [
  { head: "What", cell: (row) => (row.kind === "bot" ? `Bot ${row.bot_id}` : "A person") },
  { head: "State", cell: (row) => (row.step ? `${row.state}: ${row.step}` : row.state) },
  { head: "Rows", cell: (row) => count(row.rows), number: true },
  { head: "Asked by", cell: (row) => row.requested_by, wide: true },
  { head: "Asked", cell: (row) => ago(row.requested_at), wide: true },
  { head: "Done", cell: (row) => ago(row.done_at), wide: true },
];

export function ErasureList() {
  return (
    <ListCard
      title="Erasures"
      caption="Erasures"
      columns={COLUMNS}
      query={useInfiniteQuery(erasuresOptions)}
      rowKey={(row) => row.id}
      empty={<Empty title="Nothing was erased yet" />}
    />
  );
}
