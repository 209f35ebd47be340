import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { ago, count } from "@/lib/format";
import { words } from "@/lib/words";
import { erasuresOptions } from "../api/list-erasures";

type Row = Answer<"/api/erasures">["items"][number];

const COLUMNS: Column<Row>[] = [
  {
    head: t`What`,
    cell: (row) => (row.kind === "bot" ? t`Bot ${row.bot_id ?? "–"}` : t`A person`),
  },
  {
    head: t`State`,
    cell: (row) => (row.step ? `${words(row.state)}: ${words(row.step)}` : words(row.state)),
  },
  { head: t`Rows`, cell: (row) => count(row.rows), number: true },
  { head: t`Asked by`, cell: (row) => row.requested_by, wide: true },
  { head: t`Asked`, cell: (row) => ago(row.requested_at), wide: true },
  { head: t`Done`, cell: (row) => ago(row.done_at), wide: true },
];

export function ErasureList() {
  return (
    <ListCard
      title={t`Erasures`}
      caption={t`Erasures`}
      columns={COLUMNS}
      query={useInfiniteQuery(erasuresOptions)}
      rowKey={(row) => row.id}
      empty={<Empty title={t`Nothing was erased yet`} />}
    />
  );
}
