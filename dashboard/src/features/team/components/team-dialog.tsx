import { Form } from "@base-ui/react/form";
import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say, sayProblem } from "@/components/ui/toast";
import { WhatGoes } from "@/components/what-goes";
import { fieldErrors, text } from "@/lib/form";
import { useUser } from "@/lib/may";
import { type Team, teamDeletionOptions, useDeleteTeam, useRenameTeam } from "../api/teams";

type Props = { team: Team };
type DialogProps = Props & { label?: string; children?: ReactNode };

/** What an owner, or an admin, does with a team as a whole. */
export function TeamDialog({ team, label = t`Manage`, children }: DialogProps) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={team.name}
      trigger={<Button aria-label={t`Manage the team ${team.name}`}>{label}</Button>}
    >
      <div className="flex flex-col gap-5">
        <Rename team={team} />
        {children}
        <Delete team={team} />
      </div>
    </Dialog>
  );
}

function Rename({ team }: Props) {
  const rename = useRenameTeam(team.id);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = text(new FormData(event.currentTarget), "name");
    rename.mutate(name, { onSuccess: () => say(t`The team is called ${name} now`) });
  };
  return (
    <Form className="flex flex-col gap-2" errors={fieldErrors(rename.error)} onSubmit={submit}>
      {rename.isError && <ErrorNote error={rename.error} inForm={["name"]} />}
      <Field name="name" label={t`Name of the team`}>
        <input
          className={inputClass}
          required
          maxLength={100}
          defaultValue={team.name}
          autoComplete="off"
        />
      </Field>
      <Button type="submit" busy={rename.isPending}>{t`Rename`}</Button>
    </Form>
  );
}

function Delete({ team }: Props) {
  const { organisation } = useUser();
  const remove = useDeleteTeam(team.id, organisation.id === team.id);
  const { name } = team;
  return (
    <Confirm
      title={t`Delete the team ${name}?`}
      action={t`Delete team`}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => say(t`The team ${name} is deleted`),
          onError: sayProblem,
        })
      }
      trigger={<Button look="danger" busy={remove.isPending}>{t`Delete team`}</Button>}
    >
      <Goes id={team.id} />
    </Confirm>
  );
}

function Goes({ id }: { id: number }) {
  return (
    <WhatGoes
      query={useQuery(teamDeletionOptions(id))}
      first={({ members, keys }) =>
        t`${plural(members, { one: "# member acts", other: "# members act" })} for themselves from now on; ${plural(keys, { one: "# API key for the team stops", other: "# API keys for the team stop" })} working.`
      }
      last={({ stays_with }) =>
        stays_with === null
          ? null
          : t`The team grew out of the account ${stays_with}, which keeps the launched ads and works alone again.`
      }
    />
  );
}
