import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChartNoAxesColumn } from "lucide-react";
import type { Ad } from "@/api/types";
import { StateBadge } from "@/components/ui/badge";
import { buttonClass } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { adName } from "@/features/ads/ad-name";
import { adOptions } from "@/features/ads/api/get-ad";
import { AdActions } from "@/features/ads/components/ad-actions";
import { AdDetails } from "@/features/ads/components/ad-details";
import { ReviewHistory } from "@/features/ads/components/review-history";
import { AdResults } from "@/features/analytics/components/ad-results";
import { AdBroadcasts } from "@/features/broadcast/components/ad-broadcasts";
import { useBotName } from "../bot-names";

const route = getRouteApi("/app/ads/$adId");

export function AdPage() {
  const { adId } = route.useParams();
  const ad = useQuery(adOptions(Number(adId)));
  const botName = useBotName();
  return (
    <Page
      title={ad.data ? adName(ad.data) : t`Ad`}
      note={ad.data && <StateBadge state={ad.data.status} />}
      actions={ad.data && <Actions ad={ad.data} />}
    >
      <QueryView query={ad} what={t`ad`} rows={8}>
        {(data) => (
          <>
            <AdDetails ad={data} botName={botName} />
            <ReviewHistory adId={data.id} />
            {WITH_BROADCAST.has(data.status) && (
              <>
                <AdBroadcasts adId={data.id} />
                <AdResults adId={data.id} botName={botName} />
              </>
            )}
          </>
        )}
      </QueryView>
    </Page>
  );
}

const WITH_BROADCAST = new Set<Ad["status"]>([
  "scheduled",
  "broadcasting",
  "paused",
  "completed",
  "cancelled",
  "failed",
]);

function Actions({ ad }: { ad: Ad }) {
  const navigate = route.useNavigate();
  const params = { adId: String(ad.id) };
  return (
    <>
      {WITH_BROADCAST.has(ad.status) && (
        <Link to="/ads/$adId/broadcast" params={params} className={buttonClass()}>
          <ChartNoAxesColumn aria-hidden />
          {t`Progress`}
        </Link>
      )}
      <AdActions
        ad={ad}
        botName={useBotName()}
        onDeleted={() => void navigate({ to: "/ads", replace: true })}
        onLaunched={(broadcast_id) =>
          void navigate({ to: "/ads/$adId/broadcast", params, search: { broadcast_id } })
        }
      />
    </>
  );
}
