import { t } from "@lingui/core/macro";
import type { SystemStatus } from "@/api/types";
import { worded } from "@/api/worded";
import { StateBadge } from "@/components/ui/badge";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { ago, bytes, count, decimal, duration } from "@/lib/format";
import { words } from "@/lib/words";
import { ProcessList } from "./process-list";
import { Verdict } from "./verdict";

type Component = SystemStatus["components"][number];
type Worker = SystemStatus["workers"][number];
type Queue = SystemStatus["queues"][number];

const COMPONENTS: Column<Component>[] = [
  { head: t`Part`, cell: (part) => <span className="font-medium">{words(part.name)}</span> },
  { head: t`Status`, cell: (part) => <StateBadge state={part.status} /> },
  { head: t`Detail`, cell: (part) => worded(part.detail ?? ""), wide: true },
  { head: t`Answers in, ms`, cell: (part) => decimal(part.latency_ms), number: true },
];

const WORKERS: Column<Worker>[] = [
  {
    head: t`Worker`,
    cell: ({ host, pid }) => (
      <span className="font-medium">
        {host}:{pid}
      </span>
    ),
  },
  { head: t`Bots`, cell: (worker) => count(worker.bots), number: true },
  { head: t`Deliveries`, cell: (worker) => count(worker.deliveries), number: true },
  { head: t`Memory`, cell: (worker) => bytes(worker.rss_bytes), number: true, wide: true },
  { head: t`Started`, cell: (worker) => ago(worker.started_at), wide: true },
  { head: t`Last seen`, cell: (worker) => ago(worker.last_seen), wide: true },
];

const QUEUES: Column<Queue>[] = [
  { head: t`Queue`, cell: (queue) => <span className="font-medium">{queue.name}</span> },
  { head: t`Waiting`, cell: (queue) => count(queue.waiting), number: true },
  { head: t`Running`, cell: (queue) => count(queue.running), number: true },
  {
    head: t({ message: "Failed", context: "requests" }),
    cell: (queue) => count(queue.failed),
    number: true,
  },
  {
    head: t`Oldest waits`,
    cell: (queue) => duration(queue.oldest_seconds),
    number: true,
    wide: true,
  },
];

export function SystemOverview({ status }: { status: SystemStatus }) {
  const { components, workers, queues, processes } = status;
  return (
    <>
      <Verdict parts={components} />
      <TableCard
        title={t`Parts`}
        caption={t`Parts`}
        columns={COMPONENTS}
        rows={components}
        rowKey={(part) => part.name}
        empty={null}
      />
      <TableCard
        title={t`Workers`}
        caption={t`Workers`}
        columns={WORKERS}
        rows={workers}
        rowKey={(worker) => worker.id}
        empty={
          <Empty
            title={t`No worker runs`}
          >{t`Bots and broadcasts wait until a worker is started: crier worker.`}</Empty>
        }
      />
      <TableCard
        title={t`Queues`}
        caption={t`Queues`}
        columns={QUEUES}
        rows={queues}
        rowKey={(queue) => queue.name}
        empty={null}
      />
      {processes.length > 0 && <ProcessList processes={processes} />}
    </>
  );
}
