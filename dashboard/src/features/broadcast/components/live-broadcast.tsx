import { t } from "@lingui/core/macro";
import type { Statistics } from "@/api/types";
import { StateBadge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { words } from "@/lib/words";
import { Attempts } from "./attempts";
import { ErrorTable, PerBotTable, Timeline } from "./breakdown";
import { Pace, Waits } from "./pace";
import { Progress } from "./progress";

type Props = {
  statistics: Statistics;
  botName: (id: number) => string;
  linkBots: boolean;
};

/** Everything that is known of one broadcast; live as long as its statistics are read again. */
export function LiveBroadcast({ statistics, botName, linkBots }: Props) {
  const { status, per_bot, errors, timeline } = statistics;
  return (
    <>
      {/* Said when the state changes, not each second. */}
      <p role="status" className="sr-only">{t`The broadcast is ${words(status)}.`}</p>
      <Card title={t`Progress`} aside={<StateBadge state={status} />}>
        <div className="flex flex-col gap-4">
          <Progress statistics={statistics} />
          <Waits statistics={statistics} botName={botName} />
        </div>
      </Card>
      <Pace statistics={statistics} />
      <Attempts attempts={statistics.attempts} />
      <PerBotTable rows={per_bot} botName={botName} link={linkBots} />
      <Timeline points={timeline} />
      <ErrorTable rows={errors} />
    </>
  );
}
