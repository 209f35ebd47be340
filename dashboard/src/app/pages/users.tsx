import { t } from "@lingui/core/macro";
import { getRouteApi } from "@tanstack/react-router";
import { FilterSelect } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { SearchBox } from "@/components/ui/search-box";
import { Empty } from "@/components/ui/states";
import { MakeTeamDialog } from "@/features/team/components/make-team-dialog";
import { TeamList } from "@/features/team/components/team-list";
import { type UserFilter, usersOptions } from "@/features/users/api/list-users";
import { AddUserDialog } from "@/features/users/components/add-user-dialog";
import { InvitationList } from "@/features/users/components/invitation-list";
import { InviteDialog } from "@/features/users/components/invite-dialog";
import { UserList } from "@/features/users/components/user-table";
import { ROLES } from "@/features/users/roles";

const route = getRouteApi("/app/users");

export function UsersPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: UserFilter) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <Page
      title={t`Users`}
      actions={
        <>
          <AddUserDialog />
          <InviteDialog />
          <MakeTeamDialog />
        </>
      }
    >
      <div className="flex flex-wrap gap-3">
        <SearchBox
          label={t`Search users`}
          value={filter.q ?? ""}
          onChange={(q) => set({ q: q || undefined })}
        />
        <FilterSelect
          label={t`Role`}
          value={filter.role ?? ""}
          any={t`all`}
          options={ROLES}
          onChange={(role) => set({ role: role || undefined })}
        />
        <FilterSelect
          label={t`State`}
          value={filter.status ?? ""}
          any={t`all`}
          options={["active", "inactive"]}
          onChange={(status) => set({ status: status || undefined })}
        />
      </div>
      <UserList
        options={usersOptions(filter)}
        empty={
          <Empty title={t`No user fits`}>{t`Search for another name, or in every role.`}</Empty>
        }
      />
      <InvitationList />
      <TeamList />
    </Page>
  );
}
