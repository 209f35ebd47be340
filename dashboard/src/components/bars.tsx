import { count } from "@/lib/format";

type Props = {
  rows: { name: string; value: number }[];
  /** The class of the bars' colour. */
  color: string;
  /** Said where all values are 0; without it zeros are shown. */
  none?: string;
};

/** Counts beside each other, each with its name and a bar of its share of the largest. */
export function Bars({ rows, color, none }: Props) {
  const shown = none ? rows.filter(({ value }) => value > 0) : rows;
  if (shown.length === 0) return <p className="text-sm text-muted">{none}</p>;
  const largest = Math.max(1, ...shown.map(({ value }) => value));
  return (
    <ul className="flex flex-col gap-3">
      {shown.map(({ name, value }) => (
        <li key={name}>
          <div className="flex justify-between gap-4 text-sm">
            <span>{name}</span>
            <span className="font-medium tabular-nums">{count(value)}</span>
          </div>
          <div aria-hidden className="mt-1 h-1.5 overflow-hidden rounded-full bg-raised">
            <div
              className={`h-full rounded-full ${color}`}
              style={{ width: `${(value / largest) * 100}%` }}
            />
          </div>
        </li>
      ))}
    </ul>
  );
}
