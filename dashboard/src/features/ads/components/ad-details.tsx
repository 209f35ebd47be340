import { plural, t } from "@lingui/core/macro";
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
          <strong>{t`Reviewer:`}</strong> {ad.review_note}
        </p>
      )}
      <div className="grid items-start gap-5 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <MessagePreview
          content={ad.content}
          parseMode={ad.parse_mode}
          buttons={ad.buttons}
          media={ad.media_urls}
          linkCard={!ad.disable_link_preview}
        />
        <div className="flex flex-col gap-5">
          <AdLinks links={ad.links} />
          <Card title={t`Terms`}>
            <Facts
              items={[
                [t`Price`, money(ad.price, ad.currency)],
                [t`Created`, when(ad.created_at)],
                [t`Goes out`, when(ad.scheduled_for)],
                [t`Completed`, when(ad.completed_at)],
              ]}
            />
          </Card>
          <Card title={t`Audience`}>
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
    [t`Bots`, bot_ids?.length ? bot_ids.map(botName).join(", ") : t`all`],
    [t`Languages`, languages?.length ? languages.join(", ") : t`all`],
    [
      t`Seen`,
      active_within_days
        ? t`within ${plural(active_within_days, { one: "# day", other: "# days" })}`
        : t`at any time`,
    ],
    [t`Sample`, sample_percent ? `${sample_percent} %` : t`everybody`],
    [t`Once a person`, dedupe_across_bots ? t`yes` : t`no`],
    ...(joined_after ? [[t`Joined after`, when(joined_after)] as [string, string]] : []),
    ...(joined_before ? [[t`Joined before`, when(joined_before)] as [string, string]] : []),
  ];
}
