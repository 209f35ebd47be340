import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import type { FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors } from "@/lib/form";
import { useChangePassword } from "../api/change-password";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

export function PasswordDialog({ open, onOpenChange }: Props) {
  const change = useChangePassword();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const body = {
      current_password: String(data.get("current_password")),
      new_password: String(data.get("new_password")),
    };
    const onSuccess = () => {
      onOpenChange(false);
      say(t`Password changed; your other sessions and API keys have ended`);
    };
    change.mutate(body, { onSuccess });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t`Change password`}
      description={t`Every other session of yours is signed out, and your API keys are revoked.`}
    >
      <Form className="flex flex-col gap-4" errors={fieldErrors(change.error)} onSubmit={submit}>
        {change.isError && (
          <ErrorNote error={change.error} inForm={["current_password", "new_password"]} />
        )}
        <Field name="current_password" label={t`Current password`}>
          <input className={inputClass} type="password" required autoComplete="current-password" />
        </Field>
        <Field name="new_password" label={t`New password`} hint={t`12 characters or more`}>
          <input className={inputClass} type="password" required autoComplete="new-password" />
        </Field>
        <Button look="primary" type="submit" busy={change.isPending}>{t`Change password`}</Button>
      </Form>
    </Dialog>
  );
}
