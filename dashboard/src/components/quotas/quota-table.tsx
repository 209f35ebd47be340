import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Card } from "@/components/ui/card";
import { type Column, Table } from "@/components/ui/table";
import { amount, QUOTA_KINDS, QUOTA_NAMES, type QuotaKind, quotasOptions } from "./quotas";

type Row = { kind: QuotaKind; limit: number; used: number };

/** What an organisation uses of its quotas; nothing where it has none. */
export function QuotaTable({ organisation }: { organisation: number }) {
  const { data } = useQuery(quotasOptions(organisation));
  const rows = QUOTA_KINDS.flatMap((kind) => {
    const { limit, used } = data?.[kind] ?? { limit: null, used: 0 };
    return limit === null ? [] : [{ kind, limit, used }];
  });
  if (rows.length === 0) return null;
  return (
    <Card title={t`Quotas`} flush>
      <Table caption={t`Quotas`} columns={COLUMNS} rows={rows} rowKey={({ kind }) => kind} />
    </Card>
  );
}

const COLUMNS: Column<Row>[] = [
  { head: t`Of what`, cell: ({ kind }) => QUOTA_NAMES[kind] },
  { head: t`Used`, cell: ({ kind, used }) => amount(kind, used), number: true },
  { head: t`At most`, cell: ({ kind, limit }) => amount(kind, limit), number: true },
];
