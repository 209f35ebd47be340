import { useInfiniteQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import { type Column, Table } from "@/components/ui/table";
import { ago, when } from "@/lib/format";
import { auditOptions } from "../api/list-audit";

type Entry = Answer<"/api/audit">["items"][number];

const COLUMNS: Column<Entry>[] = [
  { head: "When", cell: (entry) => <span title={when(entry.at)}>{ago(entry.at)}</span> },
  { head: "Actor", cell: (entry) => entry.actor ?? "–" },
  { head: "Did", cell: (entry) => <code>{entry.action}</code> },
  {
    head: "To",
    cell: ({ object_type, object_id }) => [object_type, object_id].filter(Boolean).join(" "),
  },
  { head: "From", cell: (entry) => entry.ip ?? "–", wide: true },
];

export function AuditLog() {
  const audit = useInfiniteQuery(auditOptions);
  return (
    <Card title="Audit log" flush>
      <QueryView query={audit} what="audit log">
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.items);
          if (rows.length === 0) return <Empty title="Nothing was changed yet" />;
          return (
            <Table caption="Audit log" columns={COLUMNS} rows={rows} rowKey={(entry) => entry.id} />
          );
        }}
      </QueryView>
      <LoadMore query={audit} />
    </Card>
  );
}
