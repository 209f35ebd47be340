import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { askBy } from "@/api/proof";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors } from "@/lib/form";
import { passkeysWork } from "../api/authenticator";
import { factorsOptions } from "../api/factors";
import { useProveByPasskey } from "../api/passkeys";
import { useProve } from "../api/prove";
import { IssuerButtons } from "./issuer-buttons";

/** Asks in place, over whatever is open, when a request needs a proof; that request then goes on. */
export function ProofDialog() {
  const [answer, setAnswer] = useState<((proven: boolean) => void) | null>(null);
  const prove = useProve();
  const passkey = useProveByPasskey();
  const factors = useQuery({ ...factorsOptions, enabled: answer !== null });
  const has = factors.data?.passkeys.length && passkeysWork(factors.data.passkeys_at);
  useEffect(() => askBy(() => new Promise((resolve) => setAnswer(() => resolve))), []);
  const end = (proven: boolean) => {
    answer?.(proven);
    setAnswer(null);
    prove.reset();
    passkey.reset();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const password = String(new FormData(event.currentTarget).get("password"));
    prove.mutate({ password }, { onSuccess: () => end(true) });
  };
  return (
    <Dialog
      open={answer !== null}
      onOpenChange={(open) => open || end(false)}
      title={t`Confirm that it is you`}
      description={t`You signed in a while ago, and this cannot be undone or gives power. Then it goes on.`}
    >
      <Form className="flex flex-col gap-4" errors={fieldErrors(prove.error)} onSubmit={submit}>
        {prove.isError && <ErrorNote error={prove.error} inForm={["password"]} />}
        <Field name="password" label={t`Your password`}>
          <input className={inputClass} type="password" required autoComplete="current-password" />
        </Field>
        <Button look="primary" type="submit" busy={prove.isPending}>{t`Go on`}</Button>
        {passkey.isError && <ErrorNote error={passkey.error} />}
        {has && (
          <Button
            busy={passkey.isPending}
            onClick={() => passkey.mutate(undefined, { onSuccess: () => end(true) })}
          >{t`Use a passkey`}</Button>
        )}
        <IssuerButtons again next={location.pathname + location.search} />
      </Form>
    </Dialog>
  );
}
