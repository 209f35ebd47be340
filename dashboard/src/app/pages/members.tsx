import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { QuotaTable } from "@/components/quotas/quota-table";
import { StateBadge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Page } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { sayProblem } from "@/components/ui/toast";
import { Username } from "@/components/username";
import { type Member, membersOptions } from "@/features/team/api/members";
import { useLeaveTeam } from "@/features/team/api/membership";
import { InviteMember } from "@/features/team/components/invite-member";
import { MemberDialog } from "@/features/team/components/member-dialog";
import { TeamDialog } from "@/features/team/components/team-dialog";
import { TeamInvitations } from "@/features/team/components/team-invitations";
import { PARTS } from "@/features/team/roles";
import { ago } from "@/lib/format";
import { useMay, useUser } from "@/lib/may";
import { words } from "@/lib/words";

/** The people of the team in which one acts. */
export function MembersPage() {
  const { organisation } = useUser();
  const manages = useMay("members.edit");
  const query = useInfiniteQuery(membersOptions(organisation.id));
  if (!organisation.is_team)
    return (
      <Page title={t`Members`}>
        <Empty
          title={t`You work alone here`}
        >{t`What you have is your account's alone. An admin makes a team of it under Users; then you invite others.`}</Empty>
        <QuotaTable organisation={organisation.id} />
      </Page>
    );
  return (
    <Page
      title={t`Members of ${organisation.name}`}
      actions={
        <>
          <Leave />
          {manages && <TeamDialog team={organisation} label={t`Manage the team`} />}
          {manages && <InviteMember team={organisation.id} />}
        </>
      }
    >
      <ListCard
        caption={t`Members`}
        columns={columns(organisation.id, manages)}
        query={query}
        rowKey={(member) => member.user_id}
        empty={<Empty title={t`No members`}>{t`Invite somebody by a link.`}</Empty>}
      />
      {manages && <TeamInvitations team={organisation.id} />}
      <QuotaTable organisation={organisation.id} />
    </Page>
  );
}

function columns(team: number, manages: boolean): Column<Member>[] {
  const shown: Column<Member>[] = [
    { head: t`User`, cell: (member) => <Username user={member} /> },
    { head: t`Role`, cell: (member) => <Role member={member} /> },
    {
      head: t`State`,
      cell: (member) => <StateBadge state={member.is_active ? "active" : "inactive"} />,
      wide: true,
    },
    { head: t`Joined`, cell: (member) => ago(member.created_at), wide: true },
  ];
  if (!manages) return shown;
  const manage: Column<Member> = {
    head: t`Actions`,
    hideHead: true,
    cell: (member) => <Manage team={team} member={member} />,
  };
  return [...shown, manage];
}

function Role({ member }: { member: Member }) {
  const less = PARTS[member.role].some((part) => member.withheld.includes(part));
  return (
    <>
      {words(member.role)} {less && <span className="text-muted">{t`with less`}</span>}
    </>
  );
}

function Manage({ team, member }: { team: number; member: Member }) {
  const me = useUser();
  return (
    <div className="text-right">
      {member.user_id === me.id ? (
        <span className="text-muted">{t`you`}</span>
      ) : (
        <MemberDialog team={team} member={member} />
      )}
    </div>
  );
}

function Leave() {
  const { id, organisation } = useUser();
  const leave = useLeaveTeam(organisation.id);
  if (id === organisation.id) return null; // the team grew out of this account, which stays
  return (
    <Confirm
      title={t`Leave ${organisation.name}?`}
      action={t`Leave`}
      onConfirm={() => leave.mutate(undefined, { onError: sayProblem })}
      trigger={<Button busy={leave.isPending}>{t`Leave the team`}</Button>}
    >{t`You see nothing of it from now on, and your API keys for it are revoked.`}</Confirm>
  );
}
