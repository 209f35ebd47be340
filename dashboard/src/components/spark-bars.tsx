import { t } from "@lingui/core/macro";
import { count } from "@/lib/format";

type Props = {
  values: readonly number[];
  /** As in "Errors by hour". */
  label: string;
};

const STEP = 4;
const HEIGHT = 28;
const LEAST = 2;

/** Counts side by side, oldest first: where it rises and falls, not how high. */
export function SparkBars({ values, label }: Props) {
  const largest = Math.max(1, ...values);
  const sum = values.reduce((all, value) => all + value, 0);
  return (
    <svg
      role="img"
      aria-label={t`${label}: ${count(sum)} together, at most ${count(Math.max(0, ...values))}`}
      viewBox={`0 0 ${values.length * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-7 w-full min-w-24"
    >
      {values.map((value, index) => {
        const height = value ? Math.max(LEAST, (value / largest) * HEIGHT) : 1;
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a place in time is what a bar is
            key={index}
            x={index * STEP}
            y={HEIGHT - height}
            width={STEP - 1}
            height={height}
            className={value ? "fill-failed" : "fill-line"}
          />
        );
      })}
    </svg>
  );
}
