import { Form } from "@base-ui/react/form";
import { type FormEvent, useEffect, useState } from "react";
import { askToSignIn } from "@/api/sign-in-again";
import type { User } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";
import { useLogin, useLoginCode } from "../api/login";

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
      title="Sign in again"
      description={`Your session is over. Sign in as ${user.username}, and what you began goes on: nothing is lost.`}
    >
      <Steps user={user} onDone={end} />
    </Dialog>
  );
}

function Steps({ user, onDone }: { user: User; onDone: Answer }) {
  const login = useLogin();
  const second = useLoginCode();
  const challenge = login.data?.half?.challenge;
  const error = second.error ?? login.error;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const data = new FormData(event.currentTarget);
    const password = String(data.get("password"));
    if (challenge)
      second.mutate(
        { challenge, code: text(data, "code") },
        { onSuccess: ({ id }) => onDone(id === user.id) },
      );
    else
      login.mutate(
        { username: user.username, password },
        { onSuccess: (step) => step.user && onDone(step.user.id === user.id) },
      );
  };
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(error)} onSubmit={submit}>
      {Boolean(error) && <ErrorNote error={error} inForm={["password", "code"]} />}
      {challenge ? (
        <Field name="code" label="Code" hint="Of your app, or one of your recovery codes">
          <input className={inputClass} required autoComplete="one-time-code" />
        </Field>
      ) : (
        <Field name="password" label="Password">
          <input className={inputClass} type="password" required autoComplete="current-password" />
        </Field>
      )}
      <Button look="primary" type="submit" busy={login.isPending || second.isPending}>
        Sign in
      </Button>
      <Button look="quiet" onClick={() => onDone(false)}>
        Sign in another way, or as somebody else
      </Button>
    </Form>
  );
}
