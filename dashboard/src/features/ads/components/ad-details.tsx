import type { Ad } from "@/api/types";
import { MessagePreview } from "@/components/message/message-preview";
import { Card, Facts } from "@/components/ui/card";
import { money, when } from "@/lib/format";
import { AdLinks } from "./ad-links";

type Props = { ad: Ad; botName: (id: number) => string };

/** An ad to read: the message, the terms, the audience. */
export function AdDetails({ ad, botName }: Props) {
  return (
    <>
      {ad.review_note && (
        <p className="rounded-lg bg-blocked/12 p-3 text-sm">
          <strong>Reviewer:</strong> {ad.review_note}
        </p>
      )}
      <div className="grid items-start gap-5 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <MessagePreview
          content={ad.content}
          parseMode={ad.parse_mode}
          buttons={ad.buttons}
          media={ad.media_urls}
        />
        <div className="flex flex-col gap-5">
          <AdLinks links={ad.links} />
          <Card title="Terms">
            <Facts
              items={[
                ["Price", money(ad.price, ad.currency)],
                ["Created", when(ad.created_at)],
                ["Goes out", when(ad.scheduled_for)],
                ["Completed", when(ad.completed_at)],
              ]}
            />
          </Card>
          <Card title="Audience">
            <Facts items={audience(ad.targeting, botName)} />
          </Card>
        </div>
      </div>
    </>
  );
}

function audience(targeting: Ad["targeting"], botName: Props["botName"]): [string, string][] {
  const { bot_ids, languages, active_within_days, sample_percent } = targeting;
  const { joined_after, joined_before, dedupe_across_bots } = targeting;
  return [
    ["Bots", bot_ids?.length ? bot_ids.map(botName).join(", ") : "all"],
    ["Languages", languages?.length ? languages.join(", ") : "all"],
    ["Seen", active_within_days ? `within ${active_within_days} days` : "at any time"],
    ["Sample", sample_percent ? `${sample_percent} %` : "everybody"],
    ["Once a person", dedupe_across_bots ? "yes" : "no"],
    ...(joined_after ? [["Joined after", when(joined_after)] as [string, string]] : []),
    ...(joined_before ? [["Joined before", when(joined_before)] as [string, string]] : []),
  ];
}
