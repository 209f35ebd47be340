import { useQuery } from "@tanstack/react-query";
import { OpenInvitations } from "@/components/open-invitations";
import { sayProblem } from "@/components/ui/toast";
import { teamInvitationsOptions, useRevokeTeamInvitation } from "../api/members";

/** Links into the team that are still good. */
export function TeamInvitations({ team }: { team: number }) {
  const { data } = useQuery(teamInvitationsOptions(team));
  const revoke = useRevokeTeamInvitation(team);
  return (
    <OpenInvitations
      invitations={data?.items}
      roleOf={(row) => row.member_role ?? row.role}
      busy={revoke.isPending ? revoke.variables : undefined}
      onRevoke={(id) => revoke.mutate(id, { onError: sayProblem })}
    />
  );
}
