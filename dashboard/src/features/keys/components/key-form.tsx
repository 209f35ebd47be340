import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { type FormEvent, useState } from "react";
import { ALL_SCOPES, type Scope, ScopeBoxes } from "@/components/scope-boxes";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";
import { useMakeKey } from "../api/keys";

/** Makes a key with chosen scopes; `onMade` gets the key itself. */
export function KeyForm({ onMade }: { onMade: (key: string | null) => void }) {
  const make = useMakeKey();
  const [scopes, setScopes] = useState<Scope[]>(["read"]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = text(new FormData(event.currentTarget), "name");
    make.mutate({ name, scopes }, { onSuccess: ({ key }) => onMade(key) });
  };
  return (
    <Form className="flex flex-col gap-3" errors={fieldErrors(make.error)} onSubmit={submit}>
      {make.isError && <ErrorNote error={make.error} inForm={["name"]} />}
      <Field name="name" label={t`Name`} hint={t`It ends after a year.`}>
        <input className={inputClass} required maxLength={100} placeholder={t`nightly export`} />
      </Field>
      <ScopeBoxes scopes={ALL_SCOPES} chosen={scopes} onChange={setScopes} />
      <Button
        look="primary"
        type="submit"
        busy={make.isPending}
        disabled={scopes.length === 0}
      >{t`Make a key`}</Button>
    </Form>
  );
}
