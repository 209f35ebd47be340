import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { MailPlus } from "lucide-react";
import type { FormEvent } from "react";
import { useState } from "react";
import type { Role } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ShownOnce } from "@/components/ui/shown-once";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";
import { useInvite } from "../api/invitations";
import { RoleField } from "./role-field";

const DAY_MS = 86_400_000;

export function InviteDialog() {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Invite somebody`}
      description={t`A link that makes one account of the role that you choose. Give it to one person only.`}
      trigger={<Button look="primary" icon={<MailPlus />}>{t`Invite`}</Button>}
    >
      <InviteForm />
    </Dialog>
  );
}

function InviteForm() {
  const invite = useInvite();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const end = new Date(Date.now() + Number(text(data, "days")) * DAY_MS);
    invite.mutate({ role: text(data, "role") as Role, expires_at: end.toISOString() });
  };
  if (invite.data?.url) return <ShownOnce label={t`Link`} value={invite.data.url} />;
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(invite.error)} onSubmit={submit}>
      {invite.isError && <ErrorNote error={invite.error} inForm={["role", "expires_at"]} />}
      <RoleField />
      <Field name="days" label={t`Good for how many days`}>
        <input className={inputClass} type="number" min={1} max={89} defaultValue={7} required />
      </Field>
      <Button look="primary" type="submit" busy={invite.isPending}>{t`Make the link`}</Button>
    </Form>
  );
}
