/** Pages for those who cannot sign in yet and have, or want, a link by mail or Telegram. */

import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { Link, useRouterState } from "@tanstack/react-router";
import type { FormEvent, ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { useConfirmMail, useForgotPassword, useNewPassword } from "@/features/auth/api/mail";
import { fieldErrors, text } from "@/lib/form";
import { Doorway } from "../doorway";

const useToken = () => useRouterState({ select: (state) => state.location.hash });

/** Asks for a link for a new password. */
export function ForgotPasswordPage() {
  const ask = useForgotPassword();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate(text(new FormData(event.currentTarget), "username"));
  };
  return (
    <Card title={t`Forgotten password`}>
      {ask.isSuccess ? (
        <p>{t`If the account has a confirmed mail address or a linked Telegram chat, a link is on its way there. It is good for half an hour. Nothing comes? Ask an admin for a new password.`}</p>
      ) : (
        <Form className="flex flex-col gap-4" errors={fieldErrors(ask.error)} onSubmit={submit}>
          {ask.isError && <ErrorNote error={ask.error} inForm={["username"]} />}
          <Field name="username" label={t`Username`}>
            <input className={inputClass} required autoComplete="username" autoCapitalize="none" />
          </Field>
          <Button look="primary" type="submit" busy={ask.isPending}>
            {t`Send me a link`}
          </Button>
        </Form>
      )}
    </Card>
  );
}

/** Takes a new password by a link. */
export function ResetPasswordPage() {
  const token = useToken();
  const take = useNewPassword();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password"));
    take.mutate({ token, password });
  };
  return (
    <Card title={t`New password`}>
      {take.isSuccess ? (
        <p>{t`Your password is changed, and your other sessions have ended.`}</p>
      ) : (
        <Form className="flex flex-col gap-4" errors={fieldErrors(take.error)} onSubmit={submit}>
          {take.isError && <ErrorNote error={take.error} inForm={["password"]} />}
          <Field name="password" label={t`New password`} hint={t`12 characters or more`}>
            <input className={inputClass} type="password" required autoComplete="new-password" />
          </Field>
          <Button look="primary" type="submit" busy={take.isPending}>
            {t`Change password`}
          </Button>
        </Form>
      )}
    </Card>
  );
}

/** Confirms a mail address by a link. A press is needed: programs that look at links press nothing. */
export function ConfirmMailPage() {
  const token = useToken();
  const confirm = useConfirmMail();
  return (
    <Card title={t`Confirm your mail address`}>
      {confirm.isError && <ErrorNote error={confirm.error} />}
      {confirm.isSuccess ? (
        <p>{t`Your address is confirmed.`}</p>
      ) : (
        <Button look="primary" busy={confirm.isPending} onClick={() => confirm.mutate(token)}>
          {t`Confirm`}
        </Button>
      )}
    </Card>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Doorway title={title}>
      <div className="flex flex-col gap-4 rounded-2xl border border-line bg-surface p-6 shadow-sm">
        <h1 className="text-xl font-semibold">{title}</h1>
        {children}
        <Link to="/sign-in" className="text-center text-sm text-accent underline">
          {t`Sign in`}
        </Link>
      </div>
    </Doorway>
  );
}
