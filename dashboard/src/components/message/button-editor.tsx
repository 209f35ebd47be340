import { t } from "@lingui/core/macro";
import { Plus, Trash2 } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";

/** In an answer a button may also call the bot back; such a one is kept, and its text can be changed. */
type Editable = { text: string; url?: string | null; callback_data?: string | null };
type Props<B extends Editable> = { rows: B[][]; onChange: (rows: B[][]) => void };

const BLANK = { text: "", url: "" };

/** Rows of link buttons below the message. */
export function ButtonEditor<B extends Editable>({ rows, onChange }: Props<B>) {
  const setRow = (at: number, row: B[]) =>
    onChange(rows.map((old, index) => (index === at ? row : old)).filter((kept) => kept.length));
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 text-sm font-medium">{t`Link buttons`}</legend>
      {rows.map((row, index) => (
        <ButtonRow
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          key={index}
          number={index}
          row={row}
          onChange={(changed) => setRow(index, changed)}
        />
      ))}
      <Button
        className="self-start"
        icon={<Plus />}
        onClick={() => onChange([...rows, [BLANK as B]])}
      >{t`Add a row`}</Button>
    </fieldset>
  );
}

type RowProps<B> = { number: number; row: B[]; onChange: (row: B[]) => void };

function ButtonRow<B extends Editable>({ number, row, onChange }: RowProps<B>) {
  const set = (at: number, part: Partial<Editable>) =>
    onChange(row.map((old, index) => (index === at ? { ...old, ...part } : old)));
  return (
    <div className="flex flex-col gap-2 rounded-lg border border-line p-3">
      {row.map((button, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a button is its place
        <div key={index} className="grid gap-2 sm:grid-cols-[1fr_2fr_auto]">
          <Field
            name={`buttons.${number}.${index}.text`}
            label={t`Text of button ${number + 1}.${index + 1}`}
            hideLabel
          >
            <input
              className={inputClass}
              required
              placeholder={t`Text`}
              value={button.text}
              onChange={(event) => set(index, { text: event.target.value })}
            />
          </Field>
          <Field
            name={`buttons.${number}.${index}.url`}
            label={t`Link of button ${number + 1}.${index + 1}`}
            hideLabel
          >
            <input
              className={inputClass}
              required={!button.callback_data}
              disabled={Boolean(button.callback_data)}
              type="url"
              placeholder={button.callback_data ? t`calls the bot back` : "https://…"}
              value={button.url ?? ""}
              onChange={(event) => set(index, { url: event.target.value })}
            />
          </Field>
          <Button
            look="quiet"
            aria-label={t`Remove button ${number + 1}.${index + 1}`}
            icon={<Trash2 />}
            onClick={() => onChange(row.filter((_, other) => other !== index))}
          />
        </div>
      ))}
      <Button
        look="quiet"
        className="self-start"
        icon={<Plus />}
        onClick={() => onChange([...row, BLANK as B])}
      >{t`Button beside it`}</Button>
    </div>
  );
}
