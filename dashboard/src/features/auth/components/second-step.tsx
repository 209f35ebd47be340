import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import type { FormEvent, ReactNode } from "react";
import type { User } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";
import { type Half, useLoginCode } from "../api/login";
import { PasskeyButton } from "./passkey-button";

type Props = Half & {
  onDone?: (user: User) => void;
  /** What else one may do. */
  children: ReactNode;
};

const HINTS = {
  app: t`Of your app, or one of your recovery codes`,
  passkey: t`One of your recovery codes, where you have no passkey at hand`,
};

/** The second step of a sign-in: by a code, or by a passkey where the account has one. */
export function SecondStep({ challenge, factors, onDone, children }: Props) {
  const login = useLoginCode();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const code = text(new FormData(event.currentTarget), "code");
    login.mutate({ challenge, code }, { onSuccess: onDone });
  };
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(login.error)} onSubmit={submit}>
      {login.isError && <ErrorNote error={login.error} inForm={["code"]} />}
      <Field name="code" label={t`Code`} hint={HINTS[factors.includes("app") ? "app" : "passkey"]}>
        <input className={inputClass} required autoComplete="one-time-code" autoCapitalize="none" />
      </Field>
      <Button
        look="primary"
        type="submit"
        busy={login.isPending}
        className="min-h-10"
      >{t`Sign in`}</Button>
      {factors.includes("passkey") && <PasskeyButton challenge={challenge} onDone={onDone} />}
      {children}
    </Form>
  );
}
