import type { Answer, Role } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { inputClass } from "@/components/ui/field";
import { type Column, Table } from "@/components/ui/table";
import { say, sayProblem } from "@/components/ui/toast";
import { ago } from "@/lib/format";
import { useUser } from "@/lib/may";
import { useUpdateUser } from "../api/update-user";
import { ROLES } from "../roles";
import { UserDialog } from "./user-dialog";

type Row = Answer<"/api/users">["items"][number];

const COLUMNS: Column<Row>[] = [
  { head: "User", cell: (user) => <span className="font-medium">{user.username}</span> },
  { head: "Role", cell: (user) => <RoleChoice user={user} /> },
  { head: "Last sign-in", cell: (user) => ago(user.last_login_at), wide: true },
  { head: "Joined", cell: (user) => ago(user.created_at), wide: true },
  { head: "Actions", hideHead: true, cell: (user) => <Switch user={user} /> },
];

export function UserTable({ users }: { users: Row[] }) {
  return <Table caption="Users" columns={COLUMNS} rows={users} rowKey={(user) => user.id} />;
}

function RoleChoice({ user }: { user: Row }) {
  const update = useUpdateUser();
  const me = useUser();
  const change = (role: Role) =>
    update.mutate(
      { id: user.id, body: { role } },
      { onSuccess: () => say(`${user.username} is now ${role}`), onError: sayProblem },
    );
  return (
    <select
      aria-label={`Role of ${user.username}`}
      className={`${inputClass} h-9 w-auto pr-8 text-sm!`}
      value={user.role}
      disabled={update.isPending || user.id === me.id}
      onChange={(event) => change(event.target.value as Role)}
    >
      {ROLES.map((role) => (
        <option key={role}>{role}</option>
      ))}
    </select>
  );
}

/** Nobody switches off the account they are signed in with. */
function Switch({ user }: { user: Row }) {
  const update = useUpdateUser();
  const me = useUser();
  if (user.id === me.id) return <p className="text-right text-muted">you</p>;
  const set = (is_active: boolean) =>
    update.mutate({ id: user.id, body: { is_active } }, { onError: sayProblem });
  if (user.is_active === false)
    return (
      <div className="flex justify-end gap-2">
        <UserDialog user={user} />
        <Button busy={update.isPending} onClick={() => set(true)}>
          Activate
        </Button>
      </div>
    );
  return (
    <div className="flex justify-end gap-2">
      <UserDialog user={user} />
      <Confirm
        title={`Deactivate ${user.username}?`}
        action="Deactivate"
        onConfirm={() => set(false)}
        trigger={<Button busy={update.isPending}>Deactivate</Button>}
      >
        They are signed out at once and cannot sign in until you activate them again. Their bots
        stop, their schedules are cancelled, their broadcasts pause and their API keys are revoked;
        none of that comes back when you activate them.
      </Confirm>
    </div>
  );
}
