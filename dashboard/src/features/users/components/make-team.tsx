import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import type { FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import type { UserRow } from "../api/list-users";
import { useMakeTeam } from "../api/make-team";

/** Lets others work on what an account has: it becomes a team, with the account as its owner. */
export function MakeTeam({ user }: { user: UserRow }) {
  const make = useMakeTeam();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = text(new FormData(event.currentTarget), "name");
    const onSuccess = () => say(t`What ${user.username} has is the team ${name} now`);
    make.mutate({ id: user.id, name }, { onSuccess });
  };
  return (
    <Form className="flex flex-col gap-2" errors={fieldErrors(make.error)} onSubmit={submit}>
      {make.isError && <ErrorNote error={make.error} inForm={["name"]} />}
      <Field
        name="name"
        label={t`Name of the team`}
        hint={t`Bots and ads stay; the account owns the team and invites its members.`}
      >
        <input className={inputClass} required maxLength={100} autoComplete="off" />
      </Field>
      <Button type="submit" busy={make.isPending}>{t`Make a team`}</Button>
    </Form>
  );
}
