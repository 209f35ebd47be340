import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import type { FormEvent, ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";

type Props = {
  title: string;
  action: string;
  /** A new password shows its rules and is offered by password managers as one to make up. */
  fresh?: boolean;
  busy: boolean;
  error: unknown;
  onSubmit: (credentials: { username: string; password: string }) => void;
  /** Other ways in. */
  more?: ReactNode;
  footer: ReactNode;
};

/** Name and password: for signing in, and for a new account. */
export function CredentialsForm(props: Props) {
  const { title, action, fresh, busy, error, onSubmit, more, footer } = props;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    onSubmit({ username: text(data, "username"), password: String(data.get("password") ?? "") });
  };
  return (
    <div className="rounded-2xl border border-line bg-surface p-6 shadow-sm">
      <h1 className="mb-4 text-xl font-semibold">{title}</h1>
      <Form className="flex flex-col gap-4" errors={fieldErrors(error)} onSubmit={submit}>
        {Boolean(error) && <ErrorNote error={error} inForm={["username", "password"]} />}
        <Field
          name="username"
          label={t`Username`}
          hint={fresh && t`3 to 50 letters, digits, _ . -`}
        >
          <input className={inputClass} required autoComplete="username" autoCapitalize="none" />
        </Field>
        <Field name="password" label={t`Password`} hint={fresh && t`12 characters or more`}>
          <input
            className={inputClass}
            required
            type="password"
            autoComplete={fresh ? "new-password" : "current-password"}
          />
        </Field>
        <Button look="primary" type="submit" busy={busy} className="min-h-10">
          {action}
        </Button>
      </Form>
      {more && <div className="mt-3 flex flex-col *:w-full">{more}</div>}
      <p className="mt-4 text-center text-sm text-muted">{footer}</p>
    </div>
  );
}
