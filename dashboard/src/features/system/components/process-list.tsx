import { plural, t } from "@lingui/core/macro";
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
  { head: t`Process`, cell: (process) => <span className="font-medium">{process.name}</span> },
  { head: t`State`, cell: (process) => <StateBadge state={process.state} /> },
  { head: t`Process id`, cell: (process) => process.pid ?? "–", number: true, wide: true },
  {
    head: t`Up for`,
    cell: (process) => duration(process.uptime_seconds),
    number: true,
    wide: true,
  },
  { head: t`Actions`, hideHead: true, cell: (process) => <Restart process={process} /> },
];

const isWorker = ({ name }: Process) => /worker/.test(name);

/** The processes of this machine; how many workers run is changed here. */
export function ProcessList({ processes }: { processes: Process[] }) {
  return (
    <TableCard
      title={t`Processes`}
      aside={
        <May to="platform.run">
          <WorkerCount many={processes.filter(isWorker).length} />
        </May>
      }
      caption={t`Processes`}
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
      onSuccess: () =>
        say(plural(count, { one: "One worker runs now", other: "# workers run now" })),
      onError: sayProblem,
    });
  return (
    <div className="flex items-center gap-2 text-sm">
      <Button
        aria-label={t`One worker fewer`}
        icon={<Minus />}
        busy={set.isPending}
        disabled={many < 2}
        onClick={() => to(many - 1)}
      />
      <span className="tabular-nums">{plural(many, { one: "# worker", other: "# workers" })}</span>
      <Button
        aria-label={t`One worker more`}
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
          title={t`Restart ${process.name}?`}
          action={t`Restart`}
          look="primary"
          onConfirm={() =>
            restart.mutate(process.name, {
              onSuccess: () => say(t`${process.name} restarts`),
              onError: sayProblem,
            })
          }
          trigger={
            <Button
              icon={<RotateCw />}
              busy={restart.isPending}
              aria-label={t`Restart ${process.name}`}
            >{t`Restart`}</Button>
          }
        >{t`Its bots and broadcasts reach a safe point and go on in another worker, or in the new one.`}</Confirm>
      </div>
    </May>
  );
}
