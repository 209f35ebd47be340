import type { Answer } from "@/api/types";
import { Card, Facts } from "@/components/ui/card";
import { count, percent } from "@/lib/format";

type Health = Answer<"/api/analytics/bots/{bot_id}">["delivery"];

/** How the bot's parts of broadcasts ended that began in the span. */
export function Delivery({ delivery }: { delivery: Health }) {
  return (
    <Card title="Delivery of ads">
      <Facts
        items={[
          ["Broadcasts", count(delivery.broadcasts)],
          ["Audience", count(delivery.audience)],
          ["Sent, of all that were tried", percent(delivery.success_rate)],
          ["Sent", count(delivery.sent)],
          ["Blocked", count(delivery.blocked)],
          ["Failed", count(delivery.failed)],
          ["Unknown", count(delivery.unknown)],
          ["Skipped", count(delivery.skipped)],
          [
            "Clicks",
            `${count(delivery.clicks)} by ${count(delivery.unique_clicks)} ${delivery.unique_clicks === 1 ? "person" : "people"}`,
          ],
          ["Telegram asked to wait (429)", count(delivery.throttled)],
        ]}
      />
    </Card>
  );
}
