import { t } from "@lingui/core/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { useEffect } from "react";
import { chatOptions } from "@/api/linked-chat";
import { Button, buttonClass } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/states";
import { say, sayProblem } from "@/components/ui/toast";
import { clock, when } from "@/lib/format";
import { noticesOptions, useBeginLink, useUnlinkChat } from "../api/notices";

const ASK_MS = 2000;

/** One's own chat: linked by a link that is opened in Telegram, while this page waits for it. */
export function LinkedChat() {
  const client = useQueryClient();
  const begin = useBeginLink();
  const { data } = useQuery({
    ...chatOptions,
    refetchInterval: begin.isSuccess ? ASK_MS : false,
  });
  const { reset } = begin;
  const isNew = begin.isSuccess && data?.linked_at && data.linked_at !== begin.variables;
  useEffect(() => {
    if (!isNew) return;
    reset();
    say(t`Your chat is linked`);
    void client.invalidateQueries(noticesOptions);
  }, [isNew, reset, client]);
  if (!data) return null;
  return (
    <section aria-label={t`Telegram chat`} className="flex flex-col gap-3 text-sm">
      <h3 className="font-semibold">{t`Telegram chat`}</h3>
      {begin.isError && <ErrorNote error={begin.error} />}
      {data.bot ? <State chat={data} bot={data.bot} /> : <NoBot />}
      {begin.isSuccess && (
        <div role="status" className="flex flex-col gap-2 rounded-lg bg-raised p-3">
          <a
            href={begin.data.url}
            target="_blank"
            rel="noreferrer"
            className={buttonClass("primary")}
          >
            <ExternalLink aria-hidden />
            {t`Open in Telegram`}
          </a>
          <p>{t`Press Start there. The link is good once, until ${clock(begin.data.expires_at)}; nobody else should get it.`}</p>
        </div>
      )}
      <div className="flex gap-2 *:flex-1">
        {data.bot && !begin.isSuccess && (
          <Button busy={begin.isPending} onClick={() => begin.mutate(data.linked_at)}>
            {data.name === null ? t`Link a chat` : t`Link another chat`}
          </Button>
        )}
        {data.name !== null && <Unlink />}
      </div>
    </section>
  );
}

type Chat = { name: string | null; linked_at: string | null; is_blocked: boolean };

function State({ chat, bot }: { chat: Chat; bot: string }) {
  const { name, linked_at, is_blocked } = chat;
  if (name === null || linked_at === null)
    return (
      <p>{t`Link your chat with @${bot}: test sends, notices and, if you forget your password, a link come there.`}</p>
    );
  if (is_blocked)
    return (
      <p className="text-failed">{t`You have blocked @${bot}. Nothing arrives until you unblock it in Telegram.`}</p>
    );
  return <p>{t`${name} with @${bot}, linked ${when(linked_at)}`}</p>;
}

function NoBot() {
  return (
    <p>{t`No bot is chosen for the platform yet. An admin does that under System, Settings.`}</p>
  );
}

function Unlink() {
  const unlink = useUnlinkChat();
  return (
    <Confirm
      title={t`Unlink your chat?`}
      action={t`Unlink`}
      trigger={
        <Button look="danger" busy={unlink.isPending}>
          {t`Unlink`}
        </Button>
      }
      onConfirm={() => unlink.mutate(undefined, { onError: sayProblem })}
    >
      {t`Nothing goes there any more. Without a confirmed mail address nobody but an admin can help you when you forget your password.`}
    </Confirm>
  );
}
