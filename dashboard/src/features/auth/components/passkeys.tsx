import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import type { FormEvent } from "react";
import type { Answer } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say, sayProblem } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { ago, when } from "@/lib/format";
import { passkeysWork } from "../api/authenticator";
import { useAddPasskey, useRemovePasskey } from "../api/passkeys";
import { RenamePasskey } from "./rename-passkey";

type Factors = Answer<"/api/auth/factors">;
type Passkey = Factors["passkeys"][number];
type Props = { factors: Factors; onCodes: (codes: string[]) => void };

/** One's passkeys, and adding one where browsers can use one. */
export function Passkeys({ factors, onCodes }: Props) {
  const { passkeys, passkeys_at, passkeys_fault } = factors;
  const only = passkeys.length === 1 && !factors.app_added_at;
  return (
    <section aria-label={t`Passkeys`} className="flex flex-col gap-3 text-sm">
      <h3 className="font-semibold">{t`Passkeys`}</h3>
      <p>{t`A passkey on your phone, computer or security key signs you in by your finger, face or PIN, without a password.`}</p>
      {passkeys.length > 0 && (
        <ul className="flex flex-col gap-2">
          {passkeys.map((passkey) => (
            <Row key={passkey.id} passkey={passkey} only={only} />
          ))}
        </ul>
      )}
      {passkeysWork(passkeys_at) ? (
        <Add onCodes={onCodes} />
      ) : (
        <p className="text-muted">{passkeys_fault ? `${passkeys_fault}.` : why(passkeys_at)}</p>
      )}
    </section>
  );
}

function why(at: string | null): string {
  return at === location.origin
    ? t`This browser cannot make passkeys: use a newer one.`
    : t`Passkeys work at ${at ?? "–"} only: open Crier there.`;
}

function Add({ onCodes }: Pick<Props, "onCodes">) {
  const add = useAddPasskey();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    add.mutate(text(new FormData(form), "name"), {
      onSuccess: ({ recovery_codes }) => {
        say(t`The passkey is added`);
        form.reset();
        if (recovery_codes.length) onCodes(recovery_codes);
      },
    });
  };
  return (
    <Form className="flex flex-col gap-3" errors={fieldErrors(add.error)} onSubmit={submit}>
      {add.isError && <ErrorNote error={add.error} inForm={["name"]} />}
      <Field name="name" label={t`Name of the new passkey`} hint={t`Such as Laptop, or Blue key`}>
        <input className={inputClass} required maxLength={50} />
      </Field>
      <Button look="primary" type="submit" busy={add.isPending}>{t`Add a passkey`}</Button>
    </Form>
  );
}

function Row({ passkey, only }: { passkey: Passkey; only: boolean }) {
  const remove = useRemovePasskey();
  const { id, name, created_at, last_used_at, host } = passkey;
  return (
    <li className="flex items-center justify-between gap-3 border-b border-line/60 pb-2">
      <div className="min-w-0">
        <p className="truncate font-medium">{name}</p>
        <p className="text-muted">
          {t`added ${when(created_at)}`} ·{" "}
          {last_used_at ? t`used ${ago(last_used_at)}` : t`never used`}
          {host !== location.hostname && ` · ${t`works at ${host} only`}`}
        </p>
      </div>
      <div className="flex shrink-0 gap-2">
        <RenamePasskey id={id} name={name} />
        <Confirm
          title={t`Remove the passkey ${name}?`}
          action={t`Remove passkey`}
          trigger={
            <Button
              look="danger"
              busy={remove.isPending}
              aria-label={t`Remove ${name}`}
            >{t`Remove`}</Button>
          }
          onConfirm={() => remove.mutate(id, { onError: sayProblem })}
        >
          {only
            ? t`It signs you in no longer. Your password alone does then, and your recovery codes are void.`
            : t`It signs you in no longer.`}
        </Confirm>
      </div>
    </li>
  );
}
