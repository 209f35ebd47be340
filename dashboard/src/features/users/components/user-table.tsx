import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { StateBadge } from "@/components/ui/badge";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { Username } from "@/components/username";
import { ago } from "@/lib/format";
import { useUser } from "@/lib/may";
import { words } from "@/lib/words";
import type { UserRow, usersOptions } from "../api/list-users";
import { UserDialog } from "./user-dialog";

const COLUMNS: Column<UserRow>[] = [
  { head: t`User`, cell: (user) => <Username user={user} /> },
  { head: t`Role`, cell: (user) => words(user.role) },
  { head: t`State`, cell: (user) => <StateBadge state={user.is_active ? "active" : "inactive"} /> },
  { head: t`Last sign-in`, cell: (user) => ago(user.last_login_at), wide: true },
  { head: t`Joined`, cell: (user) => ago(user.created_at), wide: true },
  { head: t`Actions`, hideHead: true, cell: (user) => <Manage user={user} /> },
];

type Props = { options: ReturnType<typeof usersOptions>; empty: ReactNode };

export function UserList({ options, empty }: Props) {
  return (
    <ListCard
      caption={t`Users`}
      columns={COLUMNS}
      query={useInfiniteQuery(options)}
      rowKey={(user) => user.id}
      empty={empty}
    />
  );
}

/** Nobody changes the account that they are signed in with. */
function Manage({ user }: { user: UserRow }) {
  const me = useUser();
  return (
    <div className="text-right">
      {user.id === me.id ? (
        <span className="text-muted">{t`you`}</span>
      ) : (
        <UserDialog user={user} />
      )}
    </div>
  );
}
