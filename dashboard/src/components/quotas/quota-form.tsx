import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import {
  amount,
  type Limits,
  QUOTA_KINDS,
  QUOTA_NAMES,
  type QuotaKind,
  type Quotas,
  quotasOptions,
  useChangeQuotas,
} from "./quotas";

const MB = 2 ** 20;

/** Limits what an organisation may have; an empty field is no limit. */
export function QuotaForm({ organisation }: { organisation: number }) {
  const { data } = useQuery(quotasOptions(organisation));
  if (!data) return null;
  return (
    <details>
      <summary className="cursor-pointer py-1 text-sm font-medium">{t`Quotas`}</summary>
      <Fields organisation={organisation} quotas={data} />
    </details>
  );
}

function Fields({ organisation, quotas }: { organisation: number; quotas: Quotas }) {
  const change = useChangeQuotas(organisation);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const limits: Limits = {};
    for (const kind of QUOTA_KINDS) limits[kind] = read(kind, text(data, kind));
    change.mutate(limits, { onSuccess: () => say(t`The quotas are set`) });
  };
  return (
    <Form className="mt-2 flex flex-col gap-3" errors={fieldErrors(change.error)} onSubmit={submit}>
      {change.isError && <ErrorNote error={change.error} inForm={QUOTA_KINDS} />}
      <p className="text-sm text-muted">{t`Left empty, there is no limit. What there is beyond a limit stays.`}</p>
      <div className="grid gap-3 sm:grid-cols-2">
        {QUOTA_KINDS.map((kind) => (
          <Field
            key={kind}
            name={kind}
            label={kind === "upload_bytes" ? t`Uploads, in MB` : QUOTA_NAMES[kind]}
            hint={t`used: ${amount(kind, quotas[kind].used)}`}
          >
            <input
              className={inputClass}
              type="number"
              min={0}
              step={kind === "upload_bytes" ? "any" : 1}
              defaultValue={shown(kind, quotas[kind].limit)}
            />
          </Field>
        ))}
      </div>
      <Button type="submit" busy={change.isPending}>{t`Set quotas`}</Button>
    </Form>
  );
}

function read(kind: QuotaKind, given: string): number | null {
  if (given === "") return null;
  return kind === "upload_bytes" ? Math.round(Number(given) * MB) : Number(given);
}

function shown(kind: QuotaKind, limit: number | null): string {
  if (limit === null) return "";
  return String(kind === "upload_bytes" ? limit / MB : limit);
}
