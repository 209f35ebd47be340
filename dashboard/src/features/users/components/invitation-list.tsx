import { useQuery } from "@tanstack/react-query";
import { OpenInvitations } from "@/components/open-invitations";
import { sayProblem } from "@/components/ui/toast";
import { invitationsOptions, useRevokeInvitation } from "../api/invitations";

/** Links that can still make an account. */
export function InvitationList() {
  const { data } = useQuery(invitationsOptions);
  const revoke = useRevokeInvitation();
  return (
    <OpenInvitations
      invitations={data?.items}
      roleOf={(row) => row.role}
      busy={revoke.isPending ? revoke.variables : undefined}
      onRevoke={(id) => revoke.mutate(id, { onError: sayProblem })}
    />
  );
}
