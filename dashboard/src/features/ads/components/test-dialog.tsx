import { Form } from "@base-ui/react/form";
import { Send } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Ad, Bot } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { useTestAd } from "../api/test-ad";

/** Sends the ad to one chat, to see it in Telegram itself. */
export function TestDialog({ ad, bots }: { ad: Ad; bots: Bot[] }) {
  const [open, setOpen] = useState(false);
  const test = useTestAd(ad.id);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const body = { bot_id: Number(text(data, "bot_id")), chat_id: Number(text(data, "chat_id")) };
    const onSuccess = () => {
      setOpen(false);
      say("The test message was sent");
    };
    test.mutate(body, { onSuccess });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title="Send a test"
      description="To one chat, outside all statistics."
      trigger={<Button icon={<Send />}>Test</Button>}
    >
      <Form className="flex flex-col gap-4" errors={fieldErrors(test.error)} onSubmit={submit}>
        {test.isError && <ErrorNote error={test.error} />}
        <Field name="bot_id" label="Bot">
          <select className={inputClass} required>
            {bots.map((bot) => (
              <option key={bot.id} value={bot.id}>
                {bot.bot_name}
              </option>
            ))}
          </select>
        </Field>
        <Field name="chat_id" label="Chat id" hint="The bot must already know this chat.">
          <input className={inputClass} required inputMode="numeric" pattern="-?[0-9]+" />
        </Field>
        <Button look="primary" type="submit" busy={test.isPending}>
          Send
        </Button>
      </Form>
    </Dialog>
  );
}
