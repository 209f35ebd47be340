import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { QueryView } from "@/components/ui/query-view";
import { sayProblem } from "@/components/ui/toast";
import { count } from "@/lib/format";
import { words } from "@/lib/words";
import { type RetryState, retryPlanOptions, useRetryBroadcast } from "../api/retry-broadcast";

type Props = { adId: number; broadcastId: number; state: RetryState; found: number };

/** Says how many of the failed or unknown can still be reached, then sends to exactly those. */
export function RetryDialog(props: Props) {
  const [open, setOpen] = useState(false);
  const { state, found } = props;
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Send again to the ${words(state)}?`}
      trigger={<Button icon={<RotateCcw />}>{t`Retry ${count(found)} ${words(state)}`}</Button>}
    >
      <Plan {...props} onDone={() => setOpen(false)} />
    </Dialog>
  );
}

function Plan({ adId, broadcastId, state, onDone }: Props & { onDone: () => void }) {
  const plan = useQuery(retryPlanOptions(adId, broadcastId, state));
  const retry = useRetryBroadcast(adId, broadcastId);
  const send = () =>
    retry.mutate(state, { onSuccess: onDone, onError: (error) => sayProblem(error) });
  return (
    <QueryView query={plan} what={t`retry`} rows={2}>
      {({ retryable, unreachable }) => (
        <>
          <div className="flex flex-col gap-2 text-sm text-muted">
            <p>
              {retryable > 0
                ? plural(retryable, {
                    one: "# can be reached and gets the message again.",
                    other: "# can be reached and get the message again.",
                  })
                : t`None of them can be reached.`}
              {unreachable > 0 &&
                ` ${plural(unreachable, { one: "# cannot be reached now and keeps the outcome.", other: "# cannot be reached now and keep their outcome." })}`}
            </p>
            {state === "unknown" && (
              <p>{t`Telegram gave no clear answer for them: some may have the message already and would get it twice.`}</p>
            )}
          </div>
          <div className="mt-5 flex justify-end gap-2">
            <Button onClick={onDone}>{t`Keep as it is`}</Button>
            <Button
              look="primary"
              busy={retry.isPending}
              disabled={!retryable}
              onClick={send}
            >{t`Send to ${count(retryable)}`}</Button>
          </div>
        </>
      )}
    </QueryView>
  );
}
