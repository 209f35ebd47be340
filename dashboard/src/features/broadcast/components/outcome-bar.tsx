import { percent } from "@/lib/format";
import { OUTCOME_COLORS, OUTCOMES, type Outcome } from "../outcomes";

type Row = Partial<Record<Outcome, number>> & { audience: number; pending: number };

/** A small bar of outcomes, and the share of the audience that has one. */
export function OutcomeBar({ row }: { row: Row }) {
  const done = row.audience ? 1 - row.pending / row.audience : 0;
  return (
    <div className="flex items-center gap-2">
      <div aria-hidden className="flex h-2 w-24 overflow-hidden rounded-full bg-pending">
        {OUTCOMES.filter((outcome) => outcome !== "pending").map((outcome) => (
          <div
            key={outcome}
            className={OUTCOME_COLORS[outcome]}
            style={{ width: `${((row[outcome] ?? 0) / (row.audience || 1)) * 100}%` }}
          />
        ))}
      </div>
      <span className="w-12 text-right text-muted tabular-nums">{percent(done)}</span>
    </div>
  );
}
