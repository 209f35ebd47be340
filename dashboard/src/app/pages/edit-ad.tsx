import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { buttonClass } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { adOptions } from "@/features/ads/api/get-ad";
import { AdForm } from "@/features/ads/components/ad-form";
import { useBotName } from "../bot-names";

const route = getRouteApi("/app/ads/$adId/edit");

export function EditAdPage() {
  const { adId } = route.useParams();
  const ad = useQuery(adOptions(Number(adId)));
  const botName = useBotName();
  const navigate = useNavigate();
  return (
    <Page title={t`Edit ad`}>
      <QueryView query={ad} what={t`ad`} rows={8}>
        {(data) => (
          <AdForm
            key={data.id}
            ad={data}
            botName={botName}
            onSaved={() => void navigate({ to: "/ads/$adId", params: { adId } })}
            cancel={
              <Link to="/ads/$adId" params={{ adId }} className={buttonClass()}>{t`Cancel`}</Link>
            }
          />
        )}
      </QueryView>
    </Page>
  );
}
