import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Statistics } from "@/api/types";
import { buttonClass } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import { adName } from "@/features/ads/ad-name";
import { adOptions } from "@/features/ads/api/get-ad";
import { isMoving, statisticsOptions } from "@/features/broadcast/api/get-statistics";
import { Controls } from "@/features/broadcast/components/controls";
import { LiveBroadcast } from "@/features/broadcast/components/live-broadcast";
import { Recipients } from "@/features/broadcast/components/recipients";
import { ReportLink } from "@/features/broadcast/components/report-link";
import { ShareReport } from "@/features/broadcast/components/share-report";
import { when } from "@/lib/format";
import { May, useMay } from "@/lib/may";
import { zoneName } from "@/lib/zone";
import { useBotName } from "../bot-names";

const route = getRouteApi("/app/ads/$adId/broadcast");

export function BroadcastPage() {
  const adId = Number(route.useParams().adId);
  const { broadcast_id } = route.useSearch();
  const ad = useQuery(adOptions(adId));
  const statistics = useQuery(statisticsOptions(adId, broadcast_id));
  return (
    <Page
      title={ad.data ? adName(ad.data) : t`Broadcast`}
      note={
        statistics.data && (
          <Note statistics={statistics.data} scheduledFor={ad.data?.scheduled_for ?? null} />
        )
      }
      actions={
        <>
          <Link
            to="/ads/$adId"
            params={{ adId: String(adId) }}
            className={buttonClass()}
          >{t`The ad`}</Link>
          {statistics.data?.broadcast_id && (
            <>
              <ReportLink adId={adId} broadcastId={broadcast_id} />
              <ShareReport adId={adId} broadcastId={broadcast_id} />
            </>
          )}
          {statistics.data && <Controls statistics={statistics.data} />}
        </>
      }
    >
      <QueryView query={statistics} what={t`broadcast`} rows={8}>
        {(data) => <Broadcast statistics={data} />}
      </QueryView>
    </Page>
  );
}

type NoteProps = { statistics: Statistics; scheduledFor: string | null };

function Note({ statistics, scheduledFor }: NoteProps) {
  const { broadcast_id, status, started_at } = statistics;
  if (broadcast_id === null) return null;
  const at = status === "scheduled" ? scheduledFor : started_at;
  const word = status === "scheduled" ? t`goes out` : t`began`;
  return (
    <>
      {t`Broadcast ${broadcast_id}`}
      {at && `, ${word} ${when(at)} (${zoneName()})`}
    </>
  );
}

function Broadcast({ statistics }: { statistics: Statistics }) {
  const botName = useBotName();
  const { broadcast_id, outcome } = route.useSearch();
  const navigate = route.useNavigate();
  const linkBots = useMay("bots.read");
  if (statistics.broadcast_id === null)
    return <Empty title={t`Not sent yet`}>{t`Open the ad and press “Broadcast”.`}</Empty>;
  return (
    <>
      <LiveBroadcast statistics={statistics} botName={botName} linkBots={linkBots} />
      <May to="people.read">
        <Recipients
          adId={statistics.ad_id}
          broadcastId={broadcast_id}
          status={outcome}
          live={isMoving(statistics)}
          onStatus={(chosen) =>
            void navigate({
              search: (old) => ({ ...old, outcome: chosen }),
              replace: true,
              resetScroll: false,
            })
          }
          botName={botName}
        />
      </May>
    </>
  );
}
