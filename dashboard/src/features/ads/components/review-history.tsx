import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { ReviewStep } from "@/api/types";
import { Card } from "@/components/ui/card";
import { when } from "@/lib/format";
import { reviewsOptions } from "../api/reviews";

/** What was handed in, decided and changed of an ad; nothing where nobody ever handed it in. */
export function ReviewHistory({ adId }: { adId: number }) {
  const steps = useQuery(reviewsOptions(adId)).data?.items ?? [];
  if (!steps.some(({ step }) => step !== "change")) return null;
  return (
    <Card title={t`Reviews`}>
      <ol className="flex flex-col gap-2 text-sm">
        {steps.map((step) => (
          <li key={`${step.at} ${step.step}`} className="flex flex-col break-words">
            <span>{told(step)}</span>
            {step.note && <q className="text-muted">{step.note}</q>}
            <time className="text-xs text-muted" dateTime={step.at}>
              {when(step.at)}
            </time>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function told({ step, by, changed }: ReviewStep): string {
  const fields = changed.join(", ");
  if (step === "submit") return t`${by} handed it in`;
  if (step === "approve") return t`${by} approved it`;
  if (step === "reject") return t`${by} rejected it`;
  return fields ? t`${by} changed it: ${fields}` : t`${by} saved it without a change`;
}
