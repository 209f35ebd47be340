import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, Table } from "@/components/ui/table";
import { sayProblem } from "@/components/ui/toast";
import { when } from "@/lib/format";
import { words } from "@/lib/words";
import { teamInvitationsOptions, useRevokeTeamInvitation } from "../api/members";

type Row = Answer<"/api/organisations/{organisation_id}/invitations">["items"][number];

/** Links into the team that are still good; nothing where there is none. */
export function TeamInvitations({ team }: { team: number }) {
  const { data } = useQuery(teamInvitationsOptions(team));
  const revoke = useRevokeTeamInvitation(team);
  const now = new Date().toISOString();
  const open = data?.items.filter((row) => !row.used_at && !row.revoked_at && row.expires_at > now);
  if (!open?.length) return null;
  const columns: Column<Row>[] = [
    { head: t`Role`, cell: (row) => words(row.member_role ?? "–") },
    { head: t`Good until`, cell: (row) => when(row.expires_at) },
    {
      head: t`Actions`,
      hideHead: true,
      cell: (row) => (
        <div className="text-right">
          <Button
            busy={revoke.isPending}
            onClick={() => revoke.mutate(row.id, { onError: sayProblem })}
          >{t`Revoke`}</Button>
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
