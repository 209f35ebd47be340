import { t } from "@lingui/core/macro";
import { useState } from "react";
import { RoleSelect } from "@/components/role-select";
import { ScopeBoxes } from "@/components/scope-boxes";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";
import { say, sayProblem } from "@/components/ui/toast";
import { words } from "@/lib/words";
import { type Member, useChangeMember, useRemoveMember } from "../api/members";
import { MEMBER_ROLES, type MemberRole, PARTS } from "../roles";

type Props = { team: number; member: Member };

/** What an owner does with one member. */
export function MemberDialog({ team, member }: Props) {
  const [open, setOpen] = useState(false);
  const name = member.username;
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={name}
      trigger={<Button aria-label={t`Manage ${name}`}>{t`Manage`}</Button>}
    >
      <div className="flex flex-col gap-5">
        <RoleChoice team={team} member={member} />
        {member.role !== "owner" && <Parts key={member.role} team={team} member={member} />}
        <Remove team={team} member={member} />
      </div>
    </Dialog>
  );
}

function RoleChoice({ team, member }: Props) {
  const [role, setRole] = useState<MemberRole>(member.role);
  const change = useChangeMember(team);
  const name = member.username;
  const save = () =>
    change.mutate(
      { id: member.user_id, role },
      { onSuccess: () => say(t`${name} is now ${words(role)}`), onError: sayProblem },
    );
  return (
    <div className="flex items-end gap-2">
      <RoleSelect roles={MEMBER_ROLES} role={role} onRole={setRole} />
      <Button
        className="h-10"
        disabled={role === member.role}
        busy={change.isPending}
        onClick={save}
      >{t`Change role`}</Button>
    </div>
  );
}

/** What the role may, of which a part may be withheld; each box counts at once. */
function Parts({ team, member }: Props) {
  const [withheld, setWithheld] = useState(member.withheld);
  const change = useChangeMember(team);
  const parts = PARTS[member.role];
  const without = (list: typeof parts) => parts.filter((one) => !list.includes(one));
  const give = (given: typeof parts) => {
    const next = without(given);
    const onError = (error: unknown) => {
      setWithheld(member.withheld);
      sayProblem(error);
    };
    setWithheld(next);
    change.mutate({ id: member.user_id, withheld: next }, { onError });
  };
  return <ScopeBoxes scopes={parts} chosen={without(withheld)} onChange={give} />;
}

function Remove({ team, member }: Props) {
  const remove = useRemoveMember(team);
  const name = member.username;
  return (
    <Confirm
      title={t`Remove ${name} from the team?`}
      action={t`Remove`}
      onConfirm={() => remove.mutate(member.user_id, { onError: sayProblem })}
      trigger={<Button look="danger" busy={remove.isPending}>{t`Remove from the team`}</Button>}
    >{t`They see nothing of the team from now on, and their API keys for it are revoked. What they have launched goes on.`}</Confirm>
  );
}
