import { t } from "@lingui/core/macro";
import type { Answer } from "@/api/types";
import { Bars } from "@/components/bars";
import { Card } from "@/components/ui/card";

type Changes = Answer<"/api/analytics/bots/{bot_id}">["changes"];

const CAME: [keyof Changes, string][] = [
  ["joined", t`Joined for the first time`],
  ["returned", t`Subscribed again`],
];

const LEFT: [keyof Changes, string][] = [
  ["blocked", t`Blocked the bot, or removed it from the chat`],
  ["stopped", t`Said /stop`],
  ["gone", t`Chat or account is no more`],
  ["moved", t`Group goes on as a supergroup, which is new`],
  ["unsubscribed", t`Can be reached again, but never said /start`],
  ["unrecorded", t`Left before reasons were recorded`],
];

/** Who came, and who left and why. */
export function Changes({ changes }: { changes: Changes }) {
  const rows = (kinds: typeof CAME) => kinds.map(([key, name]) => ({ name, value: changes[key] }));
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Card title={t`Who came`}>
        <Bars rows={rows(CAME)} color="bg-sent" />
      </Card>
      <Card title={t`Who left, and why`}>
        <Bars rows={rows(LEFT)} color="bg-failed" none={t`Nobody left in this time.`} />
      </Card>
    </div>
  );
}
