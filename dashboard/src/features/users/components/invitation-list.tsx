import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, Table } from "@/components/ui/table";
import { sayProblem } from "@/components/ui/toast";
import { ago, when } from "@/lib/format";
import { words } from "@/lib/words";
import { invitationsOptions, useRevokeInvitation } from "../api/invitations";

type Row = Answer<"/api/users/invitations">["items"][number];

const COLUMNS: Column<Row>[] = [
  { head: t`Role`, cell: (row) => words(row.role) },
  { head: t`Made`, cell: (row) => ago(row.created_at), wide: true },
  { head: t`Good until`, cell: (row) => when(row.expires_at) },
  { head: t`Actions`, hideHead: true, cell: (row) => <Revoke row={row} /> },
];

/** Links that can still make an account; nothing where there is none. */
export function InvitationList() {
  const { data } = useQuery(invitationsOptions);
  const now = new Date().toISOString();
  const open = data?.items.filter((row) => !row.used_at && !row.revoked_at && row.expires_at > now);
  if (!open?.length) return null;
  return (
    <Card title={t`Open invitations`} flush>
      <Table caption={t`Open invitations`} columns={COLUMNS} rows={open} rowKey={(row) => row.id} />
    </Card>
  );
}

function Revoke({ row }: { row: Row }) {
  const revoke = useRevokeInvitation();
  return (
    <div className="text-right">
      <Button
        busy={revoke.isPending}
        onClick={() => revoke.mutate(row.id, { onError: sayProblem })}
      >{t`Revoke`}</Button>
    </div>
  );
}
