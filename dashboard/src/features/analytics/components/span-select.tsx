import { t } from "@lingui/core/macro";
import { FilterSelect } from "@/components/ui/field";
import { SPAN_DAYS, type SpanDays, spanName } from "../spans";

type Props = { days: SpanDays; onDays: (days: SpanDays) => void };

/** The span of time that the figures of a page are of. */
export function SpanSelect({ days, onDays }: Props) {
  return (
    <FilterSelect
      label={t`Span`}
      value={days}
      options={SPAN_DAYS}
      name={spanName}
      onChange={(choice) => choice && onDays(choice)}
    />
  );
}
