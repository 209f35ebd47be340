import { Minus, Plus, RotateCw } from "lucide-react";
import type { SystemStatus } from "@/api/types";
import { StateBadge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { say, sayProblem } from "@/components/ui/toast";
import { duration } from "@/lib/format";
import { May } from "@/lib/may";
import { useRestartWorker, useSetWorkers } from "../api/workers";

type Process = SystemStatus["processes"][number];

const COLUMNS: Column<Process>[] = [
  { head: "Process", cell: (process) => <span className="font-medium">{process.name}</span> },
  { head: "State", cell: (process) => <StateBadge state={process.state} /> },
  { head: "Process id", cell: (process) => process.pid ?? "–", number: true, wide: true },
  { head: "Up for", cell: (process) => duration(process.uptime_seconds), number: true, wide: true },
  { head: "Actions", hideHead: true, cell: (process) => <Restart process={process} /> },
];

const isWorker = ({ name }: Process) => /worker/.test(name);

/** The processes of this machine; how many workers run is changed here. */
export function ProcessList({ processes }: { processes: Process[] }) {
  return (
    <TableCard
      title="Processes"
      aside={
        <May to="platform.run">
          <WorkerCount many={processes.filter(isWorker).length} />
        </May>
      }
      caption="Processes"
      columns={COLUMNS}
      rows={processes}
      rowKey={(process) => process.name}
      empty={null}
    />
  );
}

function WorkerCount({ many }: { many: number }) {
  const set = useSetWorkers();
  const to = (count: number) =>
    set.mutate(count, {
      onSuccess: () => say(count === 1 ? "One worker runs now" : `${count} workers run now`),
      onError: sayProblem,
    });
  return (
    <div className="flex items-center gap-2 text-sm">
      <Button
        aria-label="One worker fewer"
        icon={<Minus />}
        busy={set.isPending}
        disabled={many < 2}
        onClick={() => to(many - 1)}
      />
      <span className="tabular-nums">{many === 1 ? "1 worker" : `${many} workers`}</span>
      <Button
        aria-label="One worker more"
        icon={<Plus />}
        busy={set.isPending}
        onClick={() => to(many + 1)}
      />
    </div>
  );
}

function Restart({ process }: { process: Process }) {
  const restart = useRestartWorker();
  if (!isWorker(process)) return null;
  return (
    <May to="platform.run">
      <div className="text-right">
        <Confirm
          title={`Restart ${process.name}?`}
          action="Restart"
          look="primary"
          onConfirm={() =>
            restart.mutate(process.name, {
              onSuccess: () => say(`${process.name} restarts`),
              onError: sayProblem,
            })
          }
          trigger={
            <Button
              icon={<RotateCw />}
              busy={restart.isPending}
              aria-label={`Restart ${process.name}`}
            >
              Restart
            </Button>
          }
        >
          Its bots and broadcasts reach a safe point and go on in another worker, or in the new one.
        </Confirm>
      </div>
    </May>
  );
}
