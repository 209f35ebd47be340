import { Pause, Play, RotateCcw, X } from "lucide-react";
import type { Statistics } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { sayProblem } from "@/components/ui/toast";
import { count } from "@/lib/format";
import { May } from "@/lib/may";
import { type ControlStep, useControlBroadcast } from "../api/control-broadcast";
import { isMoving } from "../api/get-statistics";
import { useRetryBroadcast } from "../api/retry-broadcast";

type Props = { statistics: Statistics; broadcastId?: number };

/** Pause, resume, cancel while it runs; send again once it is over. */
export function Controls({ statistics, broadcastId }: Props) {
  if (statistics.broadcast_id === null) return null;
  return (
    <May to="ads.launch">
      {isMoving(statistics) ? (
        <Running statistics={statistics} />
      ) : (
        <Finished statistics={statistics} broadcastId={broadcastId} />
      )}
    </May>
  );
}

function Running({ statistics }: Props) {
  const control = useControlBroadcast(statistics.ad_id);
  const go = (step: ControlStep) => control.mutate(step, { onError: sayProblem });
  const busy = control.isPending;
  return (
    <>
      {statistics.status === "broadcasting" && (
        <Button icon={<Pause />} busy={busy} onClick={() => go("pause")}>
          Pause
        </Button>
      )}
      {statistics.status === "paused" && (
        <Button look="primary" icon={<Play />} busy={busy} onClick={() => go("resume")}>
          Resume
        </Button>
      )}
      <Confirm
        title="Cancel this broadcast?"
        action="Cancel broadcast"
        onConfirm={() => go("cancel")}
        trigger={
          <Button look="danger" icon={<X />} busy={busy}>
            Cancel
          </Button>
        }
      >
        {count(statistics.pending)} recipients who are still pending become skipped. What was sent
        stays sent.
      </Confirm>
    </>
  );
}

function Finished({ statistics, broadcastId }: Props) {
  const { ad_id, failed, unknown } = statistics;
  const retry = useRetryBroadcast(ad_id, broadcastId);
  return (
    <>
      {failed > 0 && (
        <Button
          icon={<RotateCcw />}
          busy={retry.isPending}
          onClick={() => retry.mutate(["failed"], { onError: sayProblem })}
        >
          Retry {count(failed)} failed
        </Button>
      )}
      {unknown > 0 && (
        <Confirm
          look="primary"
          title={`Send again to ${count(unknown)} unknown?`}
          action="Send again"
          onConfirm={() => retry.mutate(["unknown"], { onError: sayProblem })}
          trigger={
            <Button icon={<RotateCcw />} busy={retry.isPending}>
              Retry {count(unknown)} unknown
            </Button>
          }
        >
          Telegram gave no clear answer for them: some may already have the message and would get it
          twice.
        </Confirm>
      )}
    </>
  );
}
