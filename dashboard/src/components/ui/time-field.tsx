import { t } from "@lingui/core/macro";
import { useState } from "react";
import { momentsOf, offsetAt, toLocal } from "@/lib/time";
import { zoneName } from "@/lib/zone";
import { Field, inputClass } from "./field";

type Props = {
  name: string;
  label: string;
  hint: string;
  /** The moment, in ISO 8601; empty for none. It changes only when the person changes it. */
  value: string;
  onChange: (iso: string) => void;
};

/** A date and time of the browser's zone. In an hour that a clock change repeats it asks which. */
export function TimeField({ name, label, hint, value, onChange }: Props) {
  const [local, setLocal] = useState(() => (value ? toLocal(value) : ""));
  const moments = local ? momentsOf(local) : [];
  const change = (text: string) => {
    setLocal(text);
    onChange(text ? (momentsOf(text)[0]?.iso ?? "") : "");
  };
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <Field
        name={name}
        label={label}
        hint={`${hint}. ${zoneOf(value || new Date().toISOString())}.`}
        validate={() => (local && moments.length === 0 ? LEFT_OUT : null)}
      >
        <input
          className={inputClass}
          type="datetime-local"
          step={local.length > MINUTES ? 1 : 60}
          value={local}
          onChange={(event) => change(event.target.value)}
        />
      </Field>
      {moments.length > 1 && (
        <select
          aria-label={t`Which ${local.slice(-5)}`}
          className={inputClass}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          {moments.map(({ iso, offset }, index) => (
            <option key={iso} value={iso}>
              {index === 0
                ? t`before the clocks go back, UTC${offset}`
                : t`after the clocks go back, UTC${offset}`}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

/** "Europe/Berlin, UTC+01:00", as it is at that moment. */
function zoneOf(iso: string): string {
  const name = zoneName();
  return name === "UTC" ? t`Times are in UTC` : t`${name}, UTC${offsetAt(iso)}`;
}

const MINUTES = "2026-01-31T12:00".length;
const LEFT_OUT = t`The clocks skip this time. Choose one before or after it.`;
