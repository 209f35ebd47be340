import { useInfiniteQuery } from "@tanstack/react-query";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { usersOptions } from "@/features/users/api/list-users";
import { UserTable } from "@/features/users/components/user-table";

export function UsersPage() {
  const users = useInfiniteQuery(usersOptions);
  return (
    <Page title="Users">
      <Card flush>
        <QueryView query={users} what="users">
          {({ pages }) => <UserTable users={pages.flatMap((page) => page.items)} />}
        </QueryView>
        <LoadMore query={users} />
      </Card>
    </Page>
  );
}
