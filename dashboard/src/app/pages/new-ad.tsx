import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { Ad } from "@/api/types";
import { QuotaWarning } from "@/components/quotas/quota-warning";
import { buttonClass } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { adOptions } from "@/features/ads/api/get-ad";
import { AdForm } from "@/features/ads/components/ad-form";
import { useBotName } from "../bot-names";

const route = getRouteApi("/app/ads/new");

export function NewAdPage() {
  const { from } = route.useSearch();
  return (
    <Page title={t`New ad`}>
      <QuotaWarning kinds={["ads_per_day", "upload_bytes"]} />
      {from ? <Copy from={from} /> : <NewAd />}
    </Page>
  );
}

function Copy({ from }: { from: number }) {
  const ad = useQuery(adOptions(from));
  return (
    <QueryView query={ad} what={t`ad`} rows={8}>
      {(model) => <NewAd key={from} model={model} />}
    </QueryView>
  );
}

function NewAd({ model }: { model?: Ad }) {
  const navigate = useNavigate();
  return (
    <AdForm
      {...(model && { model })}
      botName={useBotName()}
      onSaved={(ad) => void navigate({ to: "/ads/$adId", params: { adId: String(ad.id) } })}
      cancel={<Link to="/ads" className={buttonClass()}>{t`Cancel`}</Link>}
    />
  );
}
