import { Field as Base } from "@base-ui/react/field";
import type { ReactElement, ReactNode } from "react";
import { words } from "@/lib/words";

const CONTROL =
  "w-full rounded-lg border border-line bg-surface px-3 text-ink placeholder:text-muted/70 data-invalid:border-failed disabled:opacity-60 text-base sm:text-[15px]";

export const inputClass = `${CONTROL} h-10`;
export const areaClass = `${CONTROL} py-2`;

type FieldProps = {
  /** The API's own dotted path, so that a 422 finds its field. */
  name: string;
  label: ReactNode;
  hint?: ReactNode;
  children: ReactElement;
  className?: string;
  hideLabel?: boolean;
  /** What is wrong with the value, or null; asked when the form is sent. */
  validate?: () => string | null;
};

/** A label, one control, a hint and the place where its errors are said. */
export function Field(props: FieldProps) {
  const { name, label, hint, children, className = "", hideLabel, validate } = props;
  return (
    <Base.Root
      name={name}
      className={`flex min-w-0 flex-col gap-1 ${className}`}
      {...(validate && { validate })}
    >
      <Base.Label className={hideLabel ? "sr-only" : "text-sm font-medium"}>{label}</Base.Label>
      <Base.Control render={children} />
      {hint && <Base.Description className="text-sm text-muted">{hint}</Base.Description>}
      <Base.Error className="text-sm text-failed" />
    </Base.Root>
  );
}

type SelectProps<T extends string> = {
  label: string;
  value: T | "";
  onChange: (value: T | "") => void;
  options: readonly T[];
  /** What the empty choice is called; without it there is none. */
  any?: string;
  name?: (option: T) => string;
};

/** A filter above a list. The platform's own select: best on a phone, and needs no script. */
export function FilterSelect<T extends string>(props: SelectProps<T>) {
  const { label, value, onChange, options, any, name = words } = props;
  return (
    <label className="flex items-center gap-2 text-sm">
      <span className="text-muted">{label}</span>
      <select
        className={`${inputClass} h-9 w-auto pr-8 text-sm!`}
        value={value}
        onChange={(event) => onChange(event.target.value as T | "")}
      >
        {any && <option value="">{any}</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {name(option)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function CheckBox(props: {
  label: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className="flex min-h-9 cursor-pointer items-center gap-2 text-sm">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={props.checked}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      <span className="min-w-0">{props.label}</span>
    </label>
  );
}
