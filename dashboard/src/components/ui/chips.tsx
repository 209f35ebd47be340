import { count } from "@/lib/format";

type Props<T extends string> = {
  label: string;
  value: T | undefined;
  /** Each with how many there are, if that is known. */
  options: readonly { value: T | undefined; name: string; many?: number }[];
  onChange: (value: T | undefined) => void;
};

/** A filter of few choices, all seen at once, each with how many it finds. */
export function Chips<T extends string>({ label, value, options, onChange }: Props<T>) {
  return (
    <fieldset className="flex flex-wrap gap-1.5">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.name}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className="flex h-9 items-center gap-1.5 rounded-full border border-line bg-surface px-3 text-sm text-muted hover:bg-raised hover:text-ink aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
        >
          {option.name}
          {option.many !== undefined && <span className="tabular-nums">{count(option.many)}</span>}
        </button>
      ))}
    </fieldset>
  );
}
