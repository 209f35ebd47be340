import { plural, t } from "@lingui/core/macro";
import type { Answer } from "@/api/types";
import { Card, Facts } from "@/components/ui/card";
import { count, percent } from "@/lib/format";

type Health = Answer<"/api/analytics/bots/{bot_id}">["delivery"];

/** How the bot's parts of broadcasts ended that began in the span. */
export function Delivery({ delivery }: { delivery: Health }) {
  return (
    <Card title={t`Delivery of ads`}>
      <Facts
        items={[
          [t`Broadcasts`, count(delivery.broadcasts)],
          [t`Audience`, count(delivery.audience)],
          [t`Sent, of all that were tried`, percent(delivery.success_rate)],
          [t`Sent`, count(delivery.sent)],
          [t`Blocked`, count(delivery.blocked)],
          [t`Failed`, count(delivery.failed)],
          [t`Unknown`, count(delivery.unknown)],
          [t`Skipped`, count(delivery.skipped)],
          [
            t`Clicks`,
            t`${count(delivery.clicks)} by ${plural(delivery.unique_clicks, { one: "# person", other: "# people" })}`,
          ],
          [t`Telegram asked to wait (429)`, count(delivery.throttled)],
        ]}
      />
    </Card>
  );
}
