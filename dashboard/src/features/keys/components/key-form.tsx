import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { type FormEvent, useState } from "react";
import type { Body } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CheckBox, Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";
import { useMakeKey } from "../api/keys";

type Scope = NonNullable<Body<"/api/auth/keys">["scopes"]>[number];

const SCOPES = {
  read: t`See bots, ads and figures`,
  ads: t`Write ads`,
  launch: t`Review and broadcast ads`,
  bots: t`Add and run bots`,
  people: t`See, import and erase people`,
  money: t`See prices and earnings`,
} as const satisfies Record<Scope, string>;
const ALL = Object.keys(SCOPES) as Scope[];

/** Makes a key with chosen scopes; `onMade` gets the key itself. */
export function KeyForm({ onMade }: { onMade: (key: string | null) => void }) {
  const make = useMakeKey();
  const [scopes, setScopes] = useState<Scope[]>(["read"]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = text(new FormData(event.currentTarget), "name");
    make.mutate({ name, scopes }, { onSuccess: ({ key }) => onMade(key) });
  };
  const set = (scope: Scope, on: boolean) =>
    setScopes(ALL.filter((one) => (one === scope ? on : scopes.includes(one))));
  return (
    <Form className="flex flex-col gap-3" errors={fieldErrors(make.error)} onSubmit={submit}>
      {make.isError && <ErrorNote error={make.error} inForm={["name"]} />}
      <Field name="name" label={t`Name`} hint={t`It ends after a year.`}>
        <input className={inputClass} required maxLength={100} placeholder={t`nightly export`} />
      </Field>
      <fieldset className="grid sm:grid-cols-2">
        <legend className="text-sm font-medium">{t`May`}</legend>
        {ALL.map((scope) => (
          <CheckBox
            key={scope}
            label={SCOPES[scope]}
            checked={scopes.includes(scope)}
            onChange={(on) => set(scope, on)}
          />
        ))}
      </fieldset>
      <Button
        look="primary"
        type="submit"
        busy={make.isPending}
        disabled={scopes.length === 0}
      >{t`Make a key`}</Button>
    </Form>
  );
}
