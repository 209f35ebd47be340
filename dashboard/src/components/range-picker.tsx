import { t } from "@lingui/core/macro";
import { HOURS, type Hours, type Range, spanOf } from "@/lib/range";
import { spanOfDays } from "@/lib/spans";
import { momentsOf, toLocal } from "@/lib/time";
import { FilterSelect, inputClass } from "./ui/field";

type Props = { range: Range; onRange: (range: Range) => void };

const DAY_HOURS = 24;
const OTHER = "other";

/** The span of time of a page: the last hours or days, or from one moment to another. */
export function RangePicker({ range, onRange }: Props) {
  const chosen = range.from ? OTHER : (range.hours ?? "1");
  const choose = (choice: Hours | typeof OTHER | "") => {
    if (choice === OTHER) {
      const { from } = spanOf(range);
      onRange({ hours: undefined, from, to: new Date().toISOString() });
    } else
      onRange({
        hours: choice === "1" ? undefined : choice || undefined,
        from: undefined,
        to: undefined,
      });
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <FilterSelect
        label={t`Span`}
        value={chosen}
        options={[...HOURS, OTHER]}
        name={nameOf}
        onChange={choose}
      />
      {range.from && (
        <>
          <MomentInput
            label={t({ message: "From", context: "time" })}
            value={range.from}
            onChange={(from) => onRange({ ...range, from })}
          />
          <MomentInput
            label={t({ message: "To", context: "time" })}
            value={range.to}
            onChange={(to) => onRange({ ...range, to })}
          />
        </>
      )}
    </div>
  );
}

function nameOf(option: Hours | typeof OTHER): string {
  if (option === OTHER) return t`from … to …`;
  return option === "1" ? t`last hour` : spanOfDays(Number(option) / DAY_HOURS);
}

type MomentProps = { label: string; value: string | undefined; onChange: (iso: string) => void };

/** A moment in the viewer's zone, to the second. */
function MomentInput({ label, value, onChange }: MomentProps) {
  return (
    <label className="flex items-center gap-2 text-sm">
      <span className="text-muted">{label}</span>
      <input
        type="datetime-local"
        step={1}
        className={`${inputClass} h-9 w-auto text-sm!`}
        defaultValue={value && toLocal(value).slice(0, "2026-01-31T12:00:00".length)}
        key={value}
        onBlur={({ target }) => {
          const [moment] = target.value ? momentsOf(target.value) : [];
          if (moment && (!value || Date.parse(moment.iso) !== secondOf(value)))
            onChange(moment.iso);
        }}
      />
    </label>
  );
}

/** What the field shows of a moment: it has no milliseconds. */
function secondOf(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000) * 1000;
}
