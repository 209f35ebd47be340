import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { type FormEvent, useEffect, useState } from "react";
import { askToSignIn } from "@/api/sign-in-again";
import type { User } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors } from "@/lib/form";
import { useLogin } from "../api/login";
import { SecondStep } from "./second-step";

type Answer = (same: boolean) => void;

/** Asks in place, over whatever is open, when the session is over; what waited then goes on. */
export function SignInAgain({ user }: { user: User }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    let waiting: Answer | null = null;
    const stop = askToSignIn(
      () =>
        new Promise((resolve) => {
          waiting = resolve;
          setAnswer(() => resolve);
        }),
    );
    return () => {
      stop();
      waiting?.(false);
    };
  }, []);
  const end = (same: boolean) => {
    answer?.(same);
    setAnswer(null);
  };
  return (
    <Dialog
      open={answer !== null}
      onOpenChange={(open) => open || end(false)}
      title={t`Sign in again`}
      description={t`Your session is over. Sign in as ${user.username}, and what you began goes on: nothing is lost.`}
    >
      <Steps user={user} onDone={end} />
    </Dialog>
  );
}

function Steps({ user, onDone }: { user: User; onDone: Answer }) {
  const login = useLogin();
  const done = ({ id }: User) => onDone(id === user.id);
  const other = (
    <Button
      look="quiet"
      onClick={() => onDone(false)}
    >{t`Sign in another way, or as somebody else`}</Button>
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const password = String(new FormData(event.currentTarget).get("password"));
    login.mutate(
      { username: user.username, password },
      { onSuccess: (step) => step.user && done(step.user) },
    );
  };
  if (login.data?.half)
    return (
      <SecondStep {...login.data.half} onDone={done}>
        {other}
      </SecondStep>
    );
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(login.error)} onSubmit={submit}>
      {login.isError && <ErrorNote error={login.error} inForm={["password"]} />}
      <Field name="password" label={t`Password`}>
        <input className={inputClass} type="password" required autoComplete="current-password" />
      </Field>
      <Button look="primary" type="submit" busy={login.isPending}>{t`Sign in`}</Button>
      {other}
    </Form>
  );
}
