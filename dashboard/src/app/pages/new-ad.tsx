import { t } from "@lingui/core/macro";
import { Link, useNavigate } from "@tanstack/react-router";
import { QuotaWarning } from "@/components/quotas/quota-warning";
import { buttonClass } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { AdForm } from "@/features/ads/components/ad-form";
import { useBotName } from "../bot-names";

export function NewAdPage() {
  const navigate = useNavigate();
  return (
    <Page title={t`New ad`}>
      <QuotaWarning kinds={["ads_per_day", "upload_bytes"]} />
      <AdForm
        botName={useBotName()}
        onSaved={(ad) => void navigate({ to: "/ads/$adId", params: { adId: String(ad.id) } })}
        cancel={<Link to="/ads" className={buttonClass()}>{t`Cancel`}</Link>}
      />
    </Page>
  );
}
