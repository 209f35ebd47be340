import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { useMakeTeam } from "../api/teams";

/** An empty team, which whoever makes it owns. */
export function MakeTeamDialog() {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Make a team`}
      description={t`You are its first owner: switch to it in the account's menu, and invite its members there.`}
      trigger={<Button icon={<Plus />}>{t`Make a team`}</Button>}
    >
      <MakeTeamForm onMade={() => setOpen(false)} />
    </Dialog>
  );
}

function MakeTeamForm({ onMade }: { onMade: () => void }) {
  const make = useMakeTeam();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = text(new FormData(event.currentTarget), "name");
    const onSuccess = () => {
      say(t`The team ${name} is made`);
      onMade();
    };
    make.mutate(name, { onSuccess });
  };
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(make.error)} onSubmit={submit}>
      {make.isError && <ErrorNote error={make.error} inForm={["name"]} />}
      <Field name="name" label={t`Name of the team`}>
        <input className={inputClass} required maxLength={100} autoComplete="off" />
      </Field>
      <Button look="primary" type="submit" busy={make.isPending}>{t`Make a team`}</Button>
    </Form>
  );
}
