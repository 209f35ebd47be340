import { Form } from "@base-ui/react/form";
import type { FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";
import { useLoginCode } from "../api/login";
import { PasskeyButton } from "./passkey-button";

type Factor = "app" | "passkey";
type Props = { challenge: string; factors: Factor[]; onBack: () => void };

const HINTS = {
  app: "Of your app, or one of your recovery codes",
  passkey: "One of your recovery codes, where you have no passkey at hand",
};

/** The second step of a sign-in: by a code, or by a passkey where the account has one. */
export function CodeForm({ challenge, factors, onBack }: Props) {
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
        <Field name="code" label="Code" hint={HINTS[factors.includes("app") ? "app" : "passkey"]}>
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
        {factors.includes("passkey") && <PasskeyButton challenge={challenge} />}
        <Button onClick={onBack}>Begin anew</Button>
      </Form>
    </div>
  );
}
