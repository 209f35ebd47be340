import { Form } from "@base-ui/react/form";
import { FileDown } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { TimeField } from "@/components/ui/time-field";
import { say } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { type Order, useOrderExport } from "../api/exports";
import { DATASETS, type Dataset, FORMATS, type Format } from "../datasets";

type Named = { id: number; name: string };
type Props = { bots: Named[]; ads: Named[] };

/** Which filters mean something for a dataset; recipients need an ad. */
const BY_BOT = new Set<Dataset>(["subscribers", "messages", "clicks", "recipients", "bots"]);
const BY_AD = new Set<Dataset>(["messages", "clicks", "recipients", "ads"]);

/** Asks for a file of any dataset, whatever its size. */
export function ExportForm({ bots, ads }: Props) {
  const [dataset, setDataset] = useState<Dataset>("subscribers");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const order = useOrderExport();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = orderOf(new FormData(event.currentTarget), dataset, from, to);
    order.mutate(body, { onSuccess: () => say("The export has begun") });
  };
  return (
    <Card title="New export">
      <Form className="flex flex-col gap-4" errors={fieldErrors(order.error)} onSubmit={submit}>
        {order.isError && <ErrorNote error={order.error} />}
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
          <Choice name="dataset" label="What" value={dataset} onChange={setDataset} of={DATASETS} />
          <Choice name="format" label="Format" of={FORMATS} />
          {BY_BOT.has(dataset) && <Limit name="bot_id" label="Bot" any="all" of={bots} />}
          {BY_AD.has(dataset) && (
            <Limit
              name="ad_id"
              label="Ad"
              {...(dataset !== "recipients" && { any: "all" })}
              of={ads}
            />
          )}
        </div>
        <div className="grid gap-4 sm:grid-cols-2">
          <TimeField
            name="from"
            label="From"
            hint="Empty: from the beginning"
            value={from}
            onChange={setFrom}
          />
          <TimeField name="to" label="To" hint="Empty: until now" value={to} onChange={setTo} />
        </div>
        <div>
          <Button look="primary" type="submit" icon={<FileDown />} busy={order.isPending}>
            Start export
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function orderOf(data: FormData, dataset: Dataset, from: string, to: string): Order {
  const id = (name: string) => Number(text(data, name));
  return {
    dataset,
    format: text(data, "format") as Format,
    ...(from && { from }),
    ...(to && { to }),
    ...(id("bot_id") && { bot_id: id("bot_id") }),
    ...(id("ad_id") && { ad_id: id("ad_id") }),
  };
}

type ChoiceProps<T extends string> = {
  name: string;
  label: string;
  of: Record<T, string>;
  value?: T;
  onChange?: (value: T) => void;
};

function Choice<T extends string>({ name, label, of, value, onChange }: ChoiceProps<T>) {
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

function Limit(props: { name: string; label: string; any?: string; of: Named[] }) {
  return (
    <Field name={props.name} label={props.label}>
      <select className={inputClass} required={!props.any}>
        {props.any && <option value="">{props.any}</option>}
        {props.of.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
}
