import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { Card } from "@/components/ui/card";
import { QueryView } from "@/components/ui/query-view";
import { between, count, percent } from "@/lib/format";
import { comparisonOptions } from "../api/ad-analytics";
import type { SpanDays } from "../spans";

type Compared = Answer<"/api/analytics/ads/compare">;
type Part = Compared["ad"];
type Props = { one: number; other: number; days: SpanDays; name: (id: number) => string };

/** Two click rates with their intervals, and whether they differ by more than chance. */
export function Comparison({ one, other, days, name }: Props) {
  const comparison = useQuery(comparisonOptions(one, other, days));
  return (
    <Card title={t`${name(one)} against ${name(other)}`}>
      <QueryView query={comparison} what={t`comparison`} rows={3}>
        {(data) => (
          <div className="flex flex-col gap-4">
            <Rate name={name(one)} part={data.ad} top={topOf(data)} />
            <Rate name={name(other)} part={data.other} top={topOf(data)} />
            <p className="text-sm">{verdict(data, name)}</p>
          </div>
        )}
      </QueryView>
    </Card>
  );
}

/** The right end of the scale on which both are drawn. */
function topOf({ ad, other }: Compared): number {
  return Math.max(ad.ctr_interval?.high ?? 0, other.ctr_interval?.high ?? 0) || 1;
}

function Rate({ name, part, top }: { name: string; part: Part; top: number }) {
  const { ctr, ctr_interval: interval } = part;
  const place = (share: number) => `${(share / top) * 100}%`;
  return (
    <div>
      <div className="flex flex-wrap justify-between gap-x-4 text-sm">
        <span className="font-medium">{name}</span>
        <span className="tabular-nums">
          <strong>{percent(ctr)}</strong>{" "}
          <span className="text-muted">
            {interval
              ? t`(${between(interval)}); ${count(part.unique_clicks)} of ${count(part.sent)} clicked`
              : t`nothing sent yet`}
          </span>
        </span>
      </div>
      <div aria-hidden className="relative mt-1.5 h-3 rounded-full bg-raised">
        {interval && ctr !== null && (
          <>
            <div
              className="absolute h-full rounded-full bg-accent/35"
              style={{ left: place(interval.low), width: place(interval.high - interval.low) }}
            />
            <div
              className="absolute h-full w-1 rounded-full bg-accent"
              style={{ left: `calc(${place(ctr)} - 2px)` }}
            />
          </>
        )}
      </div>
    </div>
  );
}

function verdict(compared: Compared, name: (id: number) => string): string {
  const { ad, other, difference, difference_interval, differs, confidence } = compared;
  if (difference === null || difference_interval === null)
    return t`They can be compared once both were sent to somebody.`;
  const sure = percent(confidence);
  if (!differs)
    return t`No difference that is more than chance, with ${sure} confidence. Send to more people to tell.`;
  const better = difference > 0 ? ad : other;
  const { low, high } = difference_interval;
  const [least, most] = [Math.abs(low), Math.abs(high)].sort((a, b) => a - b);
  return t`${name(better.ad_id)} is clicked more: by ${points(least)} to ${points(most)} percentage points, with ${sure} confidence.`;
}

function points(share: number | undefined): string {
  return ((share ?? 0) * 100).toFixed(1);
}
