import { t } from "@lingui/core/macro";
import { FilterSelect } from "@/components/ui/field";
import { SINCE_DAYS, type SinceDays, spanOfDays } from "@/lib/spans";

type Props = {
  label?: string;
  days: SinceDays | undefined;
  onChange: (days: SinceDays | undefined) => void;
};

/** A filter above a list: of the last day, week, month, year, or ever. */
export function SinceFilter({ label = t`Since`, days, onChange }: Props) {
  return (
    <FilterSelect
      label={label}
      value={days ?? ""}
      any={t`ever`}
      options={SINCE_DAYS}
      name={(option) => spanOfDays(Number(option))}
      onChange={(option) => onChange(option || undefined)}
    />
  );
}
