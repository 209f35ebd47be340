import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import type { Role } from "@/api/types";
import { QuotaForm } from "@/components/quotas/quota-form";
import { RoleSelect } from "@/components/role-select";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";
import { CheckBox, Field, inputClass } from "@/components/ui/field";
import { ShownOnce } from "@/components/ui/shown-once";
import { ErrorNote } from "@/components/ui/states";
import { say, sayProblem } from "@/components/ui/toast";
import { WhatGoes } from "@/components/what-goes";
import { fieldErrors, text } from "@/lib/form";
import { words } from "@/lib/words";
import { useDeleteUser } from "../api/delete-user";
import { deletionOptions } from "../api/get-deletion";
import type { UserRow } from "../api/list-users";
import { useRemoveFactors, useUnlinkIdentities } from "../api/remove-factors";
import { useResetPassword } from "../api/reset-password";
import { useUpdateUser } from "../api/update-user";
import { ROLES } from "../roles";
import { MakeTeam } from "./make-team";
import { UserKeys } from "./user-keys";

type Props = { user: UserRow };

/** What an admin does with one account. */
export function UserDialog({ user }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={user.username}
      trigger={<Button aria-label={t`Manage ${user.username}`}>{t`Manage`}</Button>}
    >
      <div className="flex flex-col gap-5">
        <Rename user={user} />
        <RoleChoice user={user} />
        {user.role === "operator" && <Review user={user} />}
        {user.role === "operator" && <MakeTeam user={user} />}
        <QuotaForm organisation={user.id} />
        <UserKeys id={user.id} />
        <Reset user={user} />
        <RemoveFactors user={user} />
        <Unlink user={user} />
        <Switch user={user} />
        <Delete user={user} />
      </div>
    </Dialog>
  );
}

function Rename({ user }: Props) {
  const update = useUpdateUser();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const username = text(new FormData(event.currentTarget), "username");
    const onSuccess = () => say(t`${user.username} is called ${username} now`);
    update.mutate({ id: user.id, body: { username } }, { onSuccess });
  };
  return (
    <Form className="flex flex-col gap-2" errors={fieldErrors(update.error)} onSubmit={submit}>
      {update.isError && <ErrorNote error={update.error} inForm={["username"]} />}
      <Field name="username" label={t`Username`}>
        <input className={inputClass} required defaultValue={user.username} autoComplete="off" />
      </Field>
      <Button type="submit" busy={update.isPending}>{t`Rename`}</Button>
    </Form>
  );
}

/** What is chosen counts once it is confirmed: a key pressed by mistake changes nobody's rights. */
function RoleChoice({ user }: Props) {
  const [role, setRole] = useState<Role>(user.role);
  const update = useUpdateUser();
  const onSuccess = () => say(t`${user.username} is now ${words(role)}`);
  const change = () =>
    update.mutate({ id: user.id, body: { role } }, { onSuccess, onError: sayProblem });
  return (
    <div className="flex items-end gap-2">
      <RoleSelect roles={ROLES} role={role} onRole={setRole} />
      <Confirm
        title={t`Make ${user.username} ${words(role)}?`}
        action={t`Change role`}
        look="primary"
        onConfirm={change}
        trigger={
          <Button
            className="h-10"
            disabled={role === user.role}
            busy={update.isPending}
          >{t`Change role`}</Button>
        }
      >{t`They are signed out everywhere. Where the new role runs no bots, their bots stop, their schedules are cancelled and their API keys are revoked.`}</Confirm>
    </div>
  );
}

function Switch({ user }: Props) {
  const update = useUpdateUser();
  const set = (is_active: boolean) =>
    update.mutate({ id: user.id, body: { is_active } }, { onError: sayProblem });
  if (!user.is_active)
    return <Button busy={update.isPending} onClick={() => set(true)}>{t`Activate`}</Button>;
  return (
    <Confirm
      title={t`Deactivate ${user.username}?`}
      action={t`Deactivate`}
      onConfirm={() => set(false)}
      trigger={<Button busy={update.isPending}>{t`Deactivate`}</Button>}
    >{t`They are signed out at once and cannot sign in until you activate them again. Their bots stop, their schedules are cancelled, their broadcasts pause and their API keys are revoked; none of that comes back when you activate them.`}</Confirm>
  );
}

function Review({ user }: Props) {
  const update = useUpdateUser();
  return (
    <CheckBox
      label={t`Sees and reviews the ads of advertisers that are pending`}
      checked={user.may_review}
      onChange={(may_review) =>
        update.mutate({ id: user.id, body: { may_review } }, { onError: sayProblem })
      }
    />
  );
}

function Reset({ user }: Props) {
  const reset = useResetPassword();
  if (reset.data?.password)
    return <ShownOnce label={t`New password of ${user.username}`} value={reset.data.password} />;
  return (
    <Confirm
      title={t`Reset the password of ${user.username}?`}
      action={t`Reset password`}
      onConfirm={() => reset.mutate(user.id, { onError: sayProblem })}
      trigger={<Button busy={reset.isPending}>{t`Reset password`}</Button>}
    >{t`Crier makes up a new one for you to hand over. Their sign-ins end and their API keys are revoked.`}</Confirm>
  );
}

function RemoveFactors({ user }: Props) {
  const remove = useRemoveFactors();
  const onSuccess = () => say(t`${user.username} has no second factor any more`);
  return (
    <Confirm
      title={t`Remove the second factors of ${user.username}?`}
      action={t`Remove`}
      onConfirm={() => remove.mutate(user.id, { onSuccess, onError: sayProblem })}
      trigger={<Button busy={remove.isPending}>{t`Remove second factors`}</Button>}
    >{t`For somebody who has lost the phone and the recovery codes: the password alone signs them in then, and their sign-ins end.`}</Confirm>
  );
}

function Unlink({ user }: Props) {
  const unlink = useUnlinkIdentities();
  const onSuccess = () => say(t`${user.username} has no linked identity any more`);
  return (
    <Confirm
      title={t`Unlink the identities of ${user.username}?`}
      action={t`Unlink`}
      onConfirm={() => unlink.mutate(user.id, { onSuccess, onError: sayProblem })}
      trigger={<Button busy={unlink.isPending}>{t`Unlink identities`}</Button>}
    >{t`Nobody signs in as ${user.username} by the issuer of OpenID Connect then, and their sign-ins end. They may need a new password from you.`}</Confirm>
  );
}

function Delete({ user }: Props) {
  const remove = useDeleteUser();
  const onSuccess = () => say(t`${user.username} is deleted`);
  return (
    <Confirm
      title={t`Delete ${user.username}?`}
      action={t`Delete account`}
      onConfirm={() => remove.mutate(user.id, { onSuccess, onError: sayProblem })}
      trigger={<Button look="danger" busy={remove.isPending}>{t`Delete account`}</Button>}
    >
      <Goes id={user.id} />
    </Confirm>
  );
}

function Goes({ id }: { id: number }) {
  const deletion = useQuery(deletionOptions(id));
  return <WhatGoes query={deletion} first={() => t`Nobody can sign in with it again.`} />;
}
