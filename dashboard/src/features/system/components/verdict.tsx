import { t } from "@lingui/core/macro";
import type { SystemStatus } from "@/api/types";
import { worded } from "@/api/worded";
import { Card } from "@/components/ui/card";
import { words } from "@/lib/words";

type Part = SystemStatus["components"][number];

/** Whether all is well, in one sentence; of each part that is not, what is wrong and what to do. */
export function Verdict({ parts }: { parts: Part[] }) {
  const wrong = parts.filter(({ status }) => status !== "up");
  if (wrong.length === 0) return <p className="font-medium">{t`Everything works.`}</p>;
  return (
    <Card title={t`Not everything works`}>
      <ul className="flex flex-col gap-3 text-sm">
        {wrong.map((part) => (
          <li key={part.name} className="break-words">
            <p className="font-medium">
              {words(part.name)}: {part.detail ? worded(part.detail) : words(part.status)}
            </p>
            <p className="text-muted">{REMEDIES[part.name]}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What to do, by part; the pages are those that alerts name, too. */
const REMEDIES: Record<string, string> = {
  database: t`See whether PostgreSQL runs, can be reached and has space: docs/operations/database-down.md.`,
  redis: t`Broadcasts go on without it. See whether Redis runs and can be reached: docs/operations/cache-down.md.`,
  telegram: t`See whether this machine reaches Telegram: its network, a proxy, a firewall. Broadcasts wait and go on by themselves.`,
  uploads: t`See whether the folder or the bucket is there and may be written: CRIER_S3_… in the settings.`,
  workers: t`Start a worker: “+” below, or the command crier worker. See its log where it ends again: docs/operations/process-down.md.`,
  queues: t`See whether all workers run and what the log says; add one where they are busy: docs/operations/queue-lag.md.`,
  disk: t`Make room, or keep less: docs/operations/disk-low.md.`,
};
