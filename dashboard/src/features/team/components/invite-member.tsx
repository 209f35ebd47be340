import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { MailPlus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ShownOnce } from "@/components/ui/shown-once";
import { ErrorNote } from "@/components/ui/states";
import { text } from "@/lib/form";
import { words } from "@/lib/words";
import { useInviteMember } from "../api/invite-member";
import { MEMBER_ROLES, type MemberRole } from "../roles";

/** A link into the team, for somebody with or without an account. */
export function InviteMember({ team }: { team: number }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Invite into the team`}
      description={t`A link that is good once, for a week. Whoever opens it makes an account, or joins with their own.`}
      trigger={<Button look="primary" icon={<MailPlus />}>{t`Invite`}</Button>}
    >
      <InviteForm team={team} />
    </Dialog>
  );
}

function InviteForm({ team }: { team: number }) {
  const invite = useInviteMember(team);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    invite.mutate(text(new FormData(event.currentTarget), "role") as MemberRole);
  };
  if (invite.data?.url) return <ShownOnce label={t`Link`} value={invite.data.url} />;
  return (
    <Form className="flex flex-col gap-4" onSubmit={submit}>
      {invite.isError && <ErrorNote error={invite.error} />}
      <Field
        name="role"
        label={t`Role`}
        hint={t`Owners manage members; operators run bots and send ads; advertisers write ads; viewers change nothing.`}
      >
        <select className={inputClass} defaultValue="operator">
          {MEMBER_ROLES.map((role) => (
            <option key={role} value={role}>
              {words(role)}
            </option>
          ))}
        </select>
      </Field>
      <Button look="primary" type="submit" busy={invite.isPending}>{t`Make the link`}</Button>
    </Form>
  );
}
