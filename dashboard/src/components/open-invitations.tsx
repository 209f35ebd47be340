import { t } from "@lingui/core/macro";
import type { Answer } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, Table } from "@/components/ui/table";
import { ago, when } from "@/lib/format";
import { words } from "@/lib/words";

type Invitation = Answer<"/api/users/invitations">["items"][number];

type Props = {
  invitations: Invitation[] | undefined;
  roleOf: (invitation: Invitation) => string;
  /** The id of the one that is being revoked. */
  busy: number | undefined;
  onRevoke: (id: number) => void;
};

/** Links of invitations that are still good; nothing where there is none. */
export function OpenInvitations({ invitations, roleOf, busy, onRevoke }: Props) {
  const now = new Date().toISOString();
  const open = invitations?.filter(
    (row) => !row.used_at && !row.revoked_at && row.expires_at > now,
  );
  if (!open?.length) return null;
  const columns: Column<Invitation>[] = [
    { head: t`Role`, cell: (row) => words(roleOf(row)) },
    { head: t`Made`, cell: (row) => ago(row.created_at), wide: true },
    { head: t`Good until`, cell: (row) => when(row.expires_at) },
    {
      head: t`Actions`,
      hideHead: true,
      cell: ({ id }) => (
        <div className="text-right">
          <Button busy={busy === id} onClick={() => onRevoke(id)}>{t`Revoke`}</Button>
        </div>
      ),
    },
  ];
  return (
    <Card title={t`Open invitations`} flush>
      <Table caption={t`Open invitations`} columns={columns} rows={open} rowKey={(row) => row.id} />
    </Card>
  );
}
