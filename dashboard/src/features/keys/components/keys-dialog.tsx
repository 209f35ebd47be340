import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Answer } from "@/api/types";
import { isGood, KeyFacts } from "@/components/key-facts";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";
import { QueryView } from "@/components/ui/query-view";
import { ShownOnce } from "@/components/ui/shown-once";
import { say, sayProblem } from "@/components/ui/toast";
import { keysOptions, useRevokeKey, useRotateKey } from "../api/keys";
import { KeyForm } from "./key-form";

type Key = Answer<"/api/auth/keys">["items"][number];
type Props = { open: boolean; onOpenChange: (open: boolean) => void };

/** One's own API keys: made, rotated and revoked. */
export function KeysDialog({ open, onOpenChange }: Props) {
  const keys = useQuery({ ...keysOptions, enabled: open });
  const [shown, setShown] = useState<string | null>(null);
  const change = (next: boolean) => {
    if (!next) setShown(null);
    onOpenChange(next);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={t`API keys`}
      description={t`For programs. Give each one a key of its own with no more than it needs.`}
    >
      <div className="flex flex-col gap-5">
        {shown ? <ShownOnce label={t`New key`} value={shown} /> : <KeyForm onMade={setShown} />}
        <QueryView query={keys} what={t`keys`}>
          {({ items }) => (
            <ul aria-label={t`Keys`} className="flex flex-col gap-3">
              {items.filter(isGood).map((key) => (
                <Row key={key.id} apiKey={key} onMade={setShown} />
              ))}
            </ul>
          )}
        </QueryView>
      </div>
    </Dialog>
  );
}

function Row({ apiKey, onMade }: { apiKey: Key; onMade: (key: string | null) => void }) {
  const revoke = useRevokeKey();
  const rotate = useRotateKey();
  const onSuccess = () => say(t`${apiKey.name} is revoked`);
  return (
    <li className="flex items-center justify-between gap-3 border-b border-line/60 pb-2 text-sm">
      <KeyFacts apiKey={apiKey} />
      <div className="flex shrink-0 gap-2">
        {!apiKey.replaced_by && (
          <Confirm
            title={t`Rotate ${apiKey.name}?`}
            action={t`Rotate`}
            onConfirm={() =>
              rotate.mutate(apiKey.id, {
                onSuccess: ({ key }) => onMade(key),
                onError: sayProblem,
              })
            }
            trigger={<Button busy={rotate.isPending}>{t`Rotate`}</Button>}
          >{t`You get a new key at once. The old one goes on for 24 hours and then ends.`}</Confirm>
        )}
        <Button
          look="danger"
          busy={revoke.isPending}
          onClick={() => revoke.mutate(apiKey.id, { onSuccess, onError: sayProblem })}
        >{t`Revoke`}</Button>
      </div>
    </li>
  );
}
