import { t } from "@lingui/core/macro";
import type { Statistics } from "@/api/types";
import { count, percent } from "@/lib/format";
import { words } from "@/lib/words";
import { OUTCOME_COLORS, OUTCOME_MEANING, OUTCOMES } from "../outcomes";

/** The whole audience as one bar, each outcome a part of it, and the equation below. */
export function Progress({ statistics }: { statistics: Statistics }) {
  const { audience, pending } = statistics;
  const done = audience - pending;
  const fraction = audience ? done / audience : 0;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <p className="text-4xl font-semibold tracking-tight tabular-nums">{percent(fraction)}</p>
        <p className="text-muted tabular-nums">{t`${count(done)} of ${count(audience)} have an outcome`}</p>
      </div>
      <div
        role="progressbar"
        aria-label={t`Broadcast progress`}
        aria-valuemin={0}
        aria-valuemax={audience}
        aria-valuenow={done}
        aria-valuetext={t`${percent(fraction)}: ${count(done)} of ${count(audience)}`}
        className="flex h-4 gap-px overflow-hidden rounded-full bg-pending"
      >
        {OUTCOMES.filter((outcome) => outcome !== "pending" && statistics[outcome] > 0).map(
          (outcome) => (
            <div
              key={outcome}
              title={`${words(outcome)}: ${count(statistics[outcome])}`}
              className={`${OUTCOME_COLORS[outcome]} min-w-0.5 transition-[width] duration-700 ease-linear`}
              style={{ width: `${(statistics[outcome] / audience) * 100}%` }}
            />
          ),
        )}
      </div>
      <Equation statistics={statistics} />
    </div>
  );
}

/** audience = pending + sent + blocked + failed + unknown + skipped, with its numbers. */
function Equation({ statistics }: { statistics: Statistics }) {
  return (
    <dl
      className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4 xl:grid-cols-7"
      aria-label={t`Equation`}
    >
      {OUTCOMES.map((outcome, index) => (
        <Term
          key={outcome}
          name={outcome}
          sign={index === 0 ? "" : "+"}
          value={statistics[outcome]}
          color={OUTCOME_COLORS[outcome]}
          meaning={OUTCOME_MEANING[outcome]}
        />
      ))}
      <Term
        name="audience"
        sign="="
        value={statistics.audience}
        color="bg-ink"
        meaning={t`everybody`}
      />
    </dl>
  );
}

type TermProps = { name: string; sign: string; value: number; color: string; meaning: string };

function Term({ name, sign, value, color, meaning }: TermProps) {
  return (
    <div className="min-w-0" title={meaning}>
      <dt className="flex items-center gap-1.5 text-sm text-muted">
        <span aria-hidden className={`size-2.5 rounded-sm ${color}`} />
        {words(name)}
      </dt>
      <dd className="text-lg font-semibold tabular-nums" data-outcome={name}>
        {sign && (
          <span aria-hidden className="mr-1 font-normal text-muted">
            {sign}
          </span>
        )}
        {count(value)}
      </dd>
    </div>
  );
}
