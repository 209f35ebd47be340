import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { FileDown } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Choice } from "@/components/choose/choices";
import { ChooseOne } from "@/components/choose/choose-one";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { TimeField } from "@/components/ui/time-field";
import { say } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { type Order, useOrderExport } from "../api/exports";
import { DATASETS, type Dataset, FORMATS, type Format } from "../datasets";

/** Which filters mean something for a dataset; recipients need an ad. */
const BY_BOT = new Set<Dataset>(["subscribers", "messages", "clicks", "recipients", "bots"]);
const BY_AD = new Set<Dataset>(["messages", "clicks", "recipients", "ads"]);

/** Asks for a file of any dataset, whatever its size. */
export function ExportForm() {
  const [dataset, setDataset] = useState<Dataset>("subscribers");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [bot, setBot] = useState<Choice | null>(null);
  const [ad, setAd] = useState<Choice | null>(null);
  const order = useOrderExport();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body: Order = {
      dataset,
      format: text(new FormData(event.currentTarget), "format") as Format,
      ...(from && { from }),
      ...(to && { to }),
      ...(BY_BOT.has(dataset) && bot && { bot_id: bot.id }),
      ...(BY_AD.has(dataset) && ad && { ad_id: ad.id }),
    };
    order.mutate(body, { onSuccess: () => say(t`The export has begun`) });
  };
  return (
    <Card title={t`New export`}>
      <Form className="flex flex-col gap-4" errors={fieldErrors(order.error)} onSubmit={submit}>
        {order.isError && <ErrorNote error={order.error} />}
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
          <Select
            name="dataset"
            label={t`What`}
            value={dataset}
            onChange={setDataset}
            of={DATASETS}
          />
          <Select name="format" label={t`Format`} of={FORMATS} />
          {BY_BOT.has(dataset) && (
            <ChooseOne label={t`Bot`} kind="bots" any={t`all`} value={bot} onChange={setBot} />
          )}
          {BY_AD.has(dataset) && (
            <ChooseOne
              label={t`Ad`}
              kind="ads"
              {...(dataset !== "recipients" && { any: t`all` })}
              value={ad}
              onChange={setAd}
            />
          )}
        </div>
        <Span from={from} to={to} onFrom={setFrom} onTo={setTo} />
        <div>
          <Button
            look="primary"
            type="submit"
            icon={<FileDown />}
            busy={order.isPending}
          >{t`Start export`}</Button>
        </div>
      </Form>
    </Card>
  );
}

type SpanProps = {
  from: string;
  to: string;
  onFrom: (at: string) => void;
  onTo: (at: string) => void;
};

function Span({ from, to, onFrom, onTo }: SpanProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TimeField
        name="from"
        label={t`From`}
        hint={t`Empty: from the beginning`}
        value={from}
        onChange={onFrom}
      />
      <TimeField name="to" label={t`To`} hint={t`Empty: until now`} value={to} onChange={onTo} />
    </div>
  );
}

type SelectProps<T extends string> = {
  name: string;
  label: string;
  of: Record<T, string>;
  value?: T;
  onChange?: (value: T) => void;
};

function Select<T extends string>({ name, label, of, value, onChange }: SelectProps<T>) {
  return (
    <Field name={name} label={label}>
      <select
        className={inputClass}
        {...(onChange && {
          value,
          onChange: (event: { target: { value: string } }) => onChange(event.target.value as T),
        })}
      >
        {(Object.keys(of) as T[]).map((key) => (
          <option key={key} value={key}>
            {of[key]}
          </option>
        ))}
      </select>
    </Field>
  );
}
