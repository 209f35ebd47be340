import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { type FormEvent, useState } from "react";
import { chatOptions } from "@/api/linked-chat";
import type { Ad } from "@/api/types";
import { type Choice, choiceOptions } from "@/components/choose/choices";
import { ChooseOne } from "@/components/choose/choose-one";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { CheckBox, Field, inputClass } from "@/components/ui/field";
import { SearchBox } from "@/components/ui/search-box";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { chatsToTestOptions } from "../api/find-chats";
import { useTestAd } from "../api/test-ad";

/** Sends the ad to one chat, to see it in Telegram itself. */
export function TestDialog({ ad }: { ad: Ad }) {
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<Choice | null>(null);
  const first = useQuery({ ...choiceOptions("bots", ""), enabled: open }).data?.[0] ?? null;
  const bot = chosen ?? first;
  const myChat = useQuery({ ...chatOptions, enabled: open }).data?.name ?? null;
  const [elsewhere, setElsewhere] = useState(false);
  const toMyChat = myChat !== null && !elsewhere;
  const test = useTestAd(ad.id);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    if (!bot) return;
    const to = toMyChat ? { my_chat: true } : { chat_id: Number(text(data, "chat_id")) };
    const onSuccess = () => {
      setOpen(false);
      say(t`The test message was sent`);
    };
    test.mutate({ bot_id: bot.id, ...to }, { onSuccess });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Send a test`}
      description={t`To one chat, outside all statistics.`}
      trigger={<Button icon={<Send />}>{t`Test`}</Button>}
    >
      <Form className="flex flex-col gap-4" errors={fieldErrors(test.error)} onSubmit={submit}>
        {test.isError && <ErrorNote error={test.error} />}
        <ChooseOne label={t`Bot`} kind="bots" value={bot} onChange={setChosen} />
        {myChat === null ? (
          <p className="text-sm text-muted">
            {t`To send tests to yourself, link your chat under Notices in the menu.`}
          </p>
        ) : (
          <CheckBox
            label={t`To my chat: ${myChat}`}
            checked={toMyChat}
            onChange={(mine) => setElsewhere(!mine)}
          />
        )}
        {!toMyChat && <ChatChoice botId={bot?.id ?? 0} />}
        <Button look="primary" type="submit" busy={test.isPending}>{t`Send`}</Button>
      </Form>
    </Dialog>
  );
}

/** The subscribers of the bot, to choose one from: nobody has to know a number. */
function ChatChoice({ botId }: { botId: number }) {
  const [q, setQ] = useState("");
  const { data } = useQuery(chatsToTestOptions(botId, q));
  const none = data?.items.length === 0;
  return (
    <>
      <SearchBox label={t`Search subscribers`} value={q} onChange={setQ} />
      <Field
        name="chat_id"
        label={t({ message: "To", context: "chat" })}
        hint={
          none
            ? t`Nobody fits. Open the bot in Telegram and press Start, then search for your name.`
            : t`Not in the list? Open the bot in Telegram and press Start.`
        }
      >
        <select className={inputClass} required>
          {data?.items.map(({ chat_id, title, username }) => (
            <option key={chat_id} value={chat_id}>
              {[title, username && `@${username}`].filter(Boolean).join(", ") || t`Chat ${chat_id}`}
            </option>
          ))}
        </select>
      </Field>
    </>
  );
}
