import { t } from "@lingui/core/macro";
import type { Statistics } from "@/api/types";
import { Card } from "@/components/ui/card";
import { type Column, Table } from "@/components/ui/table";
import { count, when } from "@/lib/format";

type Attempt = Statistics["attempts"][number];

const COLUMNS: Column<Attempt>[] = [
  { head: t`Attempt`, cell: ({ number }) => (number === 1 ? t`Launch` : t`Retry ${number - 1}`) },
  { head: t`Began`, cell: (row) => when(row.started_at) },
  { head: t`Tried`, cell: (row) => count(row.tried), number: true },
  { head: t`Sent`, cell: (row) => count(row.sent), number: true },
  { head: t`Blocked`, cell: (row) => count(row.blocked), number: true, wide: true },
  { head: t`Failed`, cell: (row) => count(row.failed), number: true },
  { head: t`Unknown`, cell: (row) => count(row.unknown), number: true, wide: true },
  { head: t`Skipped`, cell: (row) => count(row.skipped), number: true, wide: true },
];

/** What each try brought, so that a retry hides nothing of what was before. */
export function Attempts({ attempts }: { attempts: Attempt[] }) {
  if (attempts.length < 2) return null;
  return (
    <Card title={t`Attempts`} flush>
      <Table
        caption={t`Attempts`}
        columns={COLUMNS}
        rows={attempts}
        rowKey={({ number }) => number}
      />
    </Card>
  );
}
