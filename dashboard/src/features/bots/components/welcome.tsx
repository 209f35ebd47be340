import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { type FormEvent, useState } from "react";
import type { Bot } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors } from "@/lib/form";
import { useMay } from "@/lib/may";
import { useUnsaved } from "@/lib/unsaved";
import { useUpdateBot } from "../api/update-bot";
import { EMPTY_REPLY, type Reply, ReplyEditor } from "./reply-editor";

/** What people get who press Start. */
export function Welcome({ bot }: { bot: Bot }) {
  return (
    <Card title={t`Welcome`}>
      <WelcomeForm key={JSON.stringify(bot.welcome)} bot={bot} />
    </Card>
  );
}

function WelcomeForm({ bot }: { bot: Bot }) {
  const [reply, setReply] = useState(() => replyOf(bot));
  const [changed, setChanged] = useState(false);
  const update = useUpdateBot(bot.id);
  const writable = useMay("bots.edit");
  const free = useUnsaved(changed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const onSuccess = () => {
      free();
      setChanged(false);
      say(t`Saved`);
    };
    const isEmpty = !reply.text?.trim() && !reply.media_url;
    update.mutate({ welcome: isEmpty ? null : reply }, { onSuccess });
  };
  return (
    <Form errors={fieldErrors(update.error)} onSubmit={submit}>
      <fieldset disabled={!writable} className="flex min-w-0 flex-col gap-4">
        {update.isError && <ErrorNote error={update.error} />}
        <ReplyEditor
          name="welcome"
          label={t`Answer to /start`}
          reply={reply}
          disabled={!writable}
          onChange={(next) => {
            setReply(next);
            setChanged(true);
          }}
        />
        {writable && (
          <Button
            look="primary"
            type="submit"
            className="self-start"
            busy={update.isPending}
            disabled={!changed}
          >{t`Save welcome`}</Button>
        )}
      </fieldset>
    </Form>
  );
}

function replyOf({ welcome }: Bot): Reply {
  if (typeof welcome === "string") return { ...EMPTY_REPLY, text: welcome, parse_mode: null };
  return { ...EMPTY_REPLY, ...(welcome as Partial<Reply> | null) };
}
