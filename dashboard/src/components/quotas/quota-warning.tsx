import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useUser } from "@/lib/may";
import { amount, QUOTA_NAMES, type QuotaKind, quotasOptions } from "./quotas";

/** From this part of a quota on it is said. */
const NEAR = 0.8;

/** Says which quotas of these kinds are nearly used, before something is refused; else nothing. */
export function QuotaWarning({ kinds }: { kinds: QuotaKind[] }) {
  const { data } = useQuery(quotasOptions(useUser().organisation.id));
  const near = kinds.flatMap((kind) => {
    const { limit, used } = data?.[kind] ?? { limit: null, used: 0 };
    return limit !== null && used >= NEAR * limit ? [{ kind, limit, used }] : [];
  });
  if (near.length === 0) return null;
  return (
    <div
      role="status"
      className="flex gap-3 rounded-lg border border-blocked/40 bg-blocked/10 p-3 text-sm"
    >
      <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-blocked" />
      <div className="min-w-0">
        {near.map(({ kind, limit, used }) => (
          <p key={kind}>
            {t`${QUOTA_NAMES[kind]}: ${amount(kind, used)} of ${amount(kind, limit)} used.`}
          </p>
        ))}
        <p>{t`Beyond a quota nothing is added. An admin can raise it.`}</p>
      </div>
    </div>
  );
}
