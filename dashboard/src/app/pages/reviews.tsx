import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { rowsOf } from "@/api/pages";
import type { WaitingAd } from "@/api/types";
import { AdLink } from "@/components/links";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import { adName } from "@/features/ads/ad-name";
import { waitingOptions } from "@/features/ads/api/reviews";
import { ReviewButtons } from "@/features/ads/components/ad-actions";
import { AdDetails } from "@/features/ads/components/ad-details";
import { ReviewHistory } from "@/features/ads/components/review-history";
import { ago, count } from "@/lib/format";
import { useBotName } from "../bot-names";
import { useLetters } from "../shortcuts";

/** The ads that wait for a review, one after the other. */
export function ReviewsPage() {
  const query = useInfiniteQuery(waitingOptions);
  return (
    <Page title={t`Review queue`}>
      <QueryView query={query} what={t`ads`} rows={8}>
        {(data) => {
          const ads = rowsOf(data);
          if (ads.length > 0) return <Queue ads={ads} more={query.hasNextPage} />;
          return (
            <Card flush>
              <Empty
                title={t`Nothing waits`}
              >{t`What is handed in for review appears here.`}</Empty>
            </Card>
          );
        }}
      </QueryView>
    </Page>
  );
}

function Queue({ ads, more }: { ads: WaitingAd[]; more: boolean }) {
  const [place, setPlace] = useState(0);
  const botName = useBotName();
  const last = ads.length - 1;
  // Where one is decided on, the next one takes its place.
  const at = Math.min(place, last);
  const step = (by: number) => setPlace(Math.max(0, Math.min(last, at + by)));
  useLetters({ j: () => step(1), k: () => step(-1) });
  const ad = ads[at];
  if (!ad) return null;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-60 break-words">
          <AdLink id={ad.id}>{adName(ad)}</AdLink>
          <p className="text-sm text-muted">
            {t`${ad.submitted_by ?? ""} handed it in ${ago(ad.submitted_at)}`}
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <Button
            icon={<ChevronLeft />}
            disabled={at === 0}
            onClick={() => step(-1)}
            title="K"
          >{t`Previous`}</Button>
          <span className="text-sm tabular-nums">
            {more
              ? t`${count(at + 1)} of more than ${count(ads.length)}`
              : t`${count(at + 1)} of ${count(ads.length)}`}
          </span>
          <Button
            icon={<ChevronRight />}
            disabled={at === last}
            onClick={() => step(1)}
            title="J"
          >{t`Next`}</Button>
          <ReviewButtons key={ad.id} ad={ad} onGone={() => undefined} />
        </div>
      </div>
      <AdDetails ad={ad} botName={botName} />
      <ReviewHistory adId={ad.id} />
    </>
  );
}
