import { t } from "@lingui/core/macro";
import { Plus, Trash2 } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";

type Editable = { text: string; url?: string | null; callback_data?: string | null };
type Props<B extends Editable> = {
  /** The API's own dotted path of the rows. */
  name?: string;
  rows: B[][];
  onChange: (rows: B[][]) => void;
  /** Whether a button may also write to the bot, as if the person had. */
  canCallBack?: boolean;
};

const BLANK = { text: "", url: "" };

/** Rows of buttons below the message. */
export function ButtonEditor<B extends Editable>(props: Props<B>) {
  const { name = "buttons", rows, onChange, canCallBack = false } = props;
  const setRow = (at: number, row: B[]) =>
    onChange(rows.map((old, index) => (index === at ? row : old)).filter((kept) => kept.length));
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 text-sm font-medium">
        {canCallBack ? t`Buttons` : t`Link buttons`}
      </legend>
      {rows.map((row, index) => (
        <ButtonRow
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          key={index}
          name={`${name}.${index}`}
          number={index}
          row={row}
          canCallBack={canCallBack}
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

type RowProps<B> = {
  name: string;
  number: number;
  row: B[];
  onChange: (row: B[]) => void;
  canCallBack: boolean;
};

function ButtonRow<B extends Editable>({ name, number, row, onChange, canCallBack }: RowProps<B>) {
  return (
    <div className="flex flex-col gap-2 rounded-lg border border-line p-3">
      {row.map((button, index) => (
        <ButtonFields
          // biome-ignore lint/suspicious/noArrayIndexKey: a button is its place
          key={index}
          name={`${name}.${index}`}
          place={`${number + 1}.${index + 1}`}
          button={button}
          canCallBack={canCallBack}
          onChange={(changed) =>
            onChange(row.map((old, other) => (other === index ? (changed as B) : old)))
          }
          onRemove={() => onChange(row.filter((_, other) => other !== index))}
        />
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

type ButtonProps = {
  name: string;
  place: string;
  button: Editable;
  canCallBack: boolean;
  onChange: (button: Editable) => void;
  onRemove: () => void;
};

function ButtonFields(props: ButtonProps) {
  const { name, place, button, canCallBack, onChange, onRemove } = props;
  const callsBack = typeof button.callback_data === "string";
  return (
    <div className={canCallBack ? ROW_OF_FOUR : "grid gap-2 sm:grid-cols-[1fr_2fr_auto]"}>
      <Field name={`${name}.text`} label={t`Text of button ${place}`} hideLabel>
        <input
          className={inputClass}
          required
          placeholder={t`Text`}
          value={button.text}
          onChange={(event) => onChange({ ...button, text: event.target.value })}
        />
      </Field>
      {canCallBack && (
        <select
          className={inputClass}
          aria-label={t`What button ${place} does`}
          value={callsBack ? "callback" : "link"}
          onChange={(event) => onChange(turned(button, event.target.value === "callback"))}
        >
          <option value="link">{t`opens`}</option>
          <option value="callback">{t`writes`}</option>
        </select>
      )}
      {callsBack ? (
        <Field name={`${name}.callback_data`} label={t`What button ${place} writes`} hideLabel>
          <input
            className={inputClass}
            required
            maxLength={64}
            placeholder={t`/help, as if the person wrote it`}
            value={button.callback_data ?? ""}
            onChange={(event) => onChange({ ...button, callback_data: event.target.value })}
          />
        </Field>
      ) : (
        <Field name={`${name}.url`} label={t`Link of button ${place}`} hideLabel>
          <input
            className={inputClass}
            required
            type="url"
            placeholder="https://…"
            value={button.url ?? ""}
            onChange={(event) => onChange({ ...button, url: event.target.value })}
          />
        </Field>
      )}
      <Button
        look="quiet"
        aria-label={t`Remove button ${place}`}
        icon={<Trash2 />}
        onClick={onRemove}
      />
    </div>
  );
}

const ROW_OF_FOUR = "grid gap-2 sm:grid-cols-[1fr_7rem_2fr_auto]";

function turned({ text }: Editable, callsBack: boolean): Editable {
  return callsBack ? { text, callback_data: "" } : { text, url: "" };
}
