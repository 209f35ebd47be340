import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { Plus } from "lucide-react";
import type { FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { useAddBot } from "../api/add-bot";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

export function AddBotDialog({ open, onOpenChange }: Props) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t`Add a bot`}
      description={t`@BotFather in Telegram gave you a token when you made the bot. Crier checks it with Telegram, keeps it encrypted and never shows it again.`}
      trigger={<Button look="primary" icon={<Plus />}>{t`Add bot`}</Button>}
    >
      <AddBotForm onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function AddBotForm({ onDone }: { onDone: () => void }) {
  const add = useAddBot();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const body = {
      bot_token: text(data, "bot_token"),
      bot_name: text(data, "bot_name") || undefined,
    };
    const onSuccess = () => {
      onDone();
      say(t`Bot added. Start it when you are ready`);
    };
    add.mutate(body, { onSuccess });
  };
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(add.error)} onSubmit={submit}>
      {add.isError && <ErrorNote error={add.error} inForm={["bot_token", "bot_name"]} />}
      <Field name="bot_token" label={t`Token`}>
        <input
          className={`${inputClass} font-mono`}
          required
          autoComplete="off"
          spellCheck={false}
          placeholder="123456789:AA…"
        />
      </Field>
      <Field name="bot_name" label={t`Name`} hint={t`Left empty, the bot's own name is taken.`}>
        <input className={inputClass} autoComplete="off" maxLength={100} />
      </Field>
      <Button look="primary" type="submit" busy={add.isPending}>
        {add.isPending ? t`Asking Telegram…` : t`Add bot`}
      </Button>
    </Form>
  );
}
