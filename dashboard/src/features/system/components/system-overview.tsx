import type { SystemStatus } from "@/api/types";
import { StateBadge } from "@/components/ui/badge";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { ago, bytes, count, decimal, duration } from "@/lib/format";
import { ProcessList } from "./process-list";

type Component = SystemStatus["components"][number];
type Worker = SystemStatus["workers"][number];
type Queue = SystemStatus["queues"][number];

const COMPONENTS: Column<Component>[] = [
  { head: "Part", cell: (part) => <span className="font-medium">{part.name}</span> },
  { head: "Status", cell: (part) => <StateBadge state={part.status} /> },
  { head: "Detail", cell: (part) => part.detail ?? "", wide: true },
  { head: "Answers in, ms", cell: (part) => decimal(part.latency_ms), number: true },
];

const WORKERS: Column<Worker>[] = [
  {
    head: "Worker",
    cell: ({ host, pid }) => (
      <span className="font-medium">
        {host}:{pid}
      </span>
    ),
  },
  { head: "Bots", cell: (worker) => count(worker.bots), number: true },
  { head: "Deliveries", cell: (worker) => count(worker.deliveries), number: true },
  { head: "Memory", cell: (worker) => bytes(worker.rss_bytes), number: true, wide: true },
  { head: "Started", cell: (worker) => ago(worker.started_at), wide: true },
  { head: "Last seen", cell: (worker) => ago(worker.last_seen), wide: true },
];

const QUEUES: Column<Queue>[] = [
  { head: "Queue", cell: (queue) => <span className="font-medium">{queue.name}</span> },
  { head: "Waiting", cell: (queue) => count(queue.waiting), number: true },
  { head: "Running", cell: (queue) => count(queue.running), number: true },
  { head: "Failed", cell: (queue) => count(queue.failed), number: true },
  {
    head: "Oldest waits",
    cell: (queue) => duration(queue.oldest_seconds),
    number: true,
    wide: true,
  },
];

export function SystemOverview({ status }: { status: SystemStatus }) {
  const { components, workers, queues, processes } = status;
  return (
    <>
      <TableCard
        title="Parts"
        caption="Parts"
        columns={COMPONENTS}
        rows={components}
        rowKey={(part) => part.name}
        empty={null}
      />
      <TableCard
        title="Workers"
        caption="Workers"
        columns={WORKERS}
        rows={workers}
        rowKey={(worker) => worker.id}
        empty={
          <Empty title="No worker runs">
            Bots and broadcasts wait until a worker is started: crier worker.
          </Empty>
        }
      />
      <TableCard
        title="Queues"
        caption="Queues"
        columns={QUEUES}
        rows={queues}
        rowKey={(queue) => queue.name}
        empty={null}
      />
      {processes.length > 0 && <ProcessList processes={processes} />}
    </>
  );
}
