/** How much an organisation may have of each kind, and has. */
import { t } from "@lingui/core/macro";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Answer } from "@/api/types";
import { bytes, count } from "@/lib/format";

export type Quotas = Answer<"/api/organisations/{organisation_id}/quotas">;
export type QuotaKind = keyof Quotas;
export type Limits = Partial<Record<QuotaKind, number | null>>;

export const QUOTA_NAMES: Record<QuotaKind, string> = {
  bots: t`Bots`,
  subscribers: t`Subscribers`,
  upload_bytes: t`Uploads`,
  ads_per_day: t`New ads in 24 hours`,
  schedules: t`Scheduled broadcasts`,
};
export const QUOTA_KINDS = Object.keys(QUOTA_NAMES) as QuotaKind[];

export const quotasOptions = (organisation: number) =>
  queryOptions({
    queryKey: ["quotas", organisation],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/organisations/{organisation_id}/quotas", {
          params: { path: { organisation_id: organisation } },
          signal,
        }),
      ),
  });

/** Sets limits of an organisation; null is none. */
export function useChangeQuotas(organisation: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (limits: Limits) =>
      unwrap(
        api.PATCH("/api/organisations/{organisation_id}/quotas", {
          params: { path: { organisation_id: organisation } },
          body: limits,
        }),
      ),
    onSuccess: (now) => client.setQueryData(quotasOptions(organisation).queryKey, now),
  });
}

export function amount(kind: QuotaKind, value: number): string {
  return kind === "upload_bytes" ? bytes(value) : count(value);
}
