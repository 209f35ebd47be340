import type { Answer } from "@/api/types";
import { Bars } from "@/components/bars";
import { Card } from "@/components/ui/card";

type Changes = Answer<"/api/analytics/bots/{bot_id}">["changes"];

const CAME: [keyof Changes, string][] = [
  ["joined", "Joined for the first time"],
  ["returned", "Subscribed again"],
];

const LEFT: [keyof Changes, string][] = [
  ["blocked", "Blocked the bot, or removed it from the chat"],
  ["stopped", "Said /stop"],
  ["gone", "Chat or account is no more"],
  ["moved", "Group goes on as a supergroup, which is new"],
  ["unsubscribed", "Can be reached again, but never said /start"],
  ["unrecorded", "Left before reasons were recorded"],
];

/** Who came, and who left and why. */
export function Changes({ changes }: { changes: Changes }) {
  const rows = (kinds: typeof CAME) => kinds.map(([key, name]) => ({ name, value: changes[key] }));
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Card title="Who came">
        <Bars rows={rows(CAME)} color="bg-sent" />
      </Card>
      <Card title="Who left, and why">
        <Bars rows={rows(LEFT)} color="bg-failed" none="Nobody left in this time." />
      </Card>
    </div>
  );
}
