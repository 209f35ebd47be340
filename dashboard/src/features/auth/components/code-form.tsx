import { Form } from "@base-ui/react/form";
import type { FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";
import { useLoginCode } from "../api/login";

type Props = { challenge: string; onBack: () => void };

/** The second step of a sign-in. */
export function CodeForm({ challenge, onBack }: Props) {
  const login = useLoginCode();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    login.mutate({ challenge, code: text(new FormData(event.currentTarget), "code") });
  };
  return (
    <div className="rounded-2xl border border-line bg-surface p-6 shadow-sm">
      <h1 className="mb-4 text-xl font-semibold">Second step</h1>
      <Form className="flex flex-col gap-4" errors={fieldErrors(login.error)} onSubmit={submit}>
        {login.isError && <ErrorNote error={login.error} inForm={["code"]} />}
        <Field name="code" label="Code" hint="Of your app, or one of your recovery codes">
          <input
            className={inputClass}
            required
            autoComplete="one-time-code"
            autoCapitalize="none"
          />
        </Field>
        <Button look="primary" type="submit" busy={login.isPending} className="min-h-10">
          Sign in
        </Button>
        <Button onClick={onBack}>Begin anew</Button>
      </Form>
    </div>
  );
}
