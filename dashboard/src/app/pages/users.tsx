import { useInfiniteQuery } from "@tanstack/react-query";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { usersOptions } from "@/features/users/api/list-users";
import { AddUserDialog } from "@/features/users/components/add-user-dialog";
import { InvitationList } from "@/features/users/components/invitation-list";
import { InviteDialog } from "@/features/users/components/invite-dialog";
import { UserTable } from "@/features/users/components/user-table";

export function UsersPage() {
  const users = useInfiniteQuery(usersOptions);
  return (
    <Page
      title="Users"
      actions={
        <>
          <AddUserDialog />
          <InviteDialog />
        </>
      }
    >
      <Card flush>
        <QueryView query={users} what="users">
          {({ pages }) => <UserTable users={pages.flatMap((page) => page.items)} />}
        </QueryView>
        <LoadMore query={users} />
      </Card>
      <InvitationList />
    </Page>
  );
}
