import { plural, t } from "@lingui/core/macro";
import { Pause, Play, X } from "lucide-react";
import type { Statistics } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { sayProblem } from "@/components/ui/toast";
import { May } from "@/lib/may";
import { type ControlStep, useControlBroadcast } from "../api/control-broadcast";
import { isMoving } from "../api/get-statistics";
import { RetryDialog } from "./retry-dialog";

type Props = { statistics: Statistics };

/** Pause, resume, cancel while it runs; send again once it is over. */
export function Controls({ statistics }: Props) {
  if (statistics.broadcast_id === null) return null;
  return (
    <May to="ads.launch">
      {isMoving(statistics) ? (
        <Running statistics={statistics} />
      ) : (
        <Finished statistics={statistics} />
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
        <Button icon={<Pause />} busy={busy} onClick={() => go("pause")}>{t`Pause`}</Button>
      )}
      {statistics.status === "paused" && (
        <Button
          look="primary"
          icon={<Play />}
          busy={busy}
          onClick={() => go("resume")}
        >{t`Resume`}</Button>
      )}
      <Confirm
        title={t`Cancel this broadcast?`}
        action={t`Cancel broadcast`}
        onConfirm={() => go("cancel")}
        trigger={<Button look="danger" icon={<X />} busy={busy}>{t`Cancel`}</Button>}
      >
        {plural(statistics.pending, {
          one: "# recipient who is still pending becomes skipped. What was sent stays sent.",
          other: "# recipients who are still pending become skipped. What was sent stays sent.",
        })}
      </Confirm>
    </>
  );
}

function Finished({ statistics }: Props) {
  const { ad_id, broadcast_id, ...counts } = statistics;
  if (broadcast_id === null) return null;
  return (["failed", "unknown"] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => (
      <RetryDialog
        key={state}
        adId={ad_id}
        broadcastId={broadcast_id}
        state={state}
        found={counts[state]}
      />
    ));
}
