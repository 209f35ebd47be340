import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { QueryView } from "@/components/ui/query-view";
import { say, sayProblem } from "@/components/ui/toast";
import { deviceName } from "@/lib/device";
import { ago, when } from "@/lib/format";
import { sessionsOptions, useEndSession } from "../api/sessions";

type Session = Answer<"/api/auth/sessions">["items"][number];
type Props = { open: boolean; onOpenChange: (open: boolean) => void };

/** Where one is signed in, and ending that from afar. */
export function SessionsDialog({ open, onOpenChange }: Props) {
  const sessions = useQuery({ ...sessionsOptions, enabled: open });
  const end = useEndSession();
  const endOthers = () =>
    end.mutate("others", {
      onSuccess: () => say(t`Every other session has ended`),
      onError: sayProblem,
    });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t`Where you are signed in`}
      description={t`End what you do not know, and change your password.`}
    >
      <QueryView query={sessions} what={t`sessions`}>
        {({ items }) => (
          <>
            <ul className="flex flex-col gap-3">
              {items.map((session) => (
                <Row key={session.id} session={session} />
              ))}
            </ul>
            {items.length > 1 && (
              <Button
                look="danger"
                className="mt-4"
                busy={end.isPending}
                onClick={endOthers}
              >{t`End all others`}</Button>
            )}
          </>
        )}
      </QueryView>
    </Dialog>
  );
}

function Row({ session }: { session: Session }) {
  const end = useEndSession();
  return (
    <li className="flex items-center justify-between gap-3 border-b border-line/60 pb-2 text-sm">
      <div className="min-w-0">
        <p className="truncate font-medium">{deviceName(session.user_agent)}</p>
        <p className="text-muted">{t`${session.ip ?? t`unknown address`} · used ${ago(session.last_used_at)} · signed in ${when(session.created_at)}`}</p>
      </div>
      {session.current ? (
        <span className="shrink-0 text-muted">{t`this one`}</span>
      ) : (
        <Button
          busy={end.isPending}
          onClick={() => end.mutate(session.id, { onError: sayProblem })}
        >{t`End`}</Button>
      )}
    </li>
  );
}
