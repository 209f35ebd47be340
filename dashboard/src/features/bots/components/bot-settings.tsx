import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import type { FormEvent } from "react";
import type { Bot } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { type BotPatch, useUpdateBot } from "../api/update-bot";
import { DeleteBot } from "./delete-bot";

type Props = { bot: Bot; onDeleted: () => void };

export function BotSettings({ bot, onDeleted }: Props) {
  return (
    <>
      <Card title={t`Settings`}>
        <SettingsForm bot={bot} />
      </Card>
      <Card title={t`Delete`}>
        <DeleteBot bot={bot} onDeleted={onDeleted} />
      </Card>
    </>
  );
}

const FIELDS = [
  "bot_name",
  "receive_mode",
  "bot_token",
  "settings.send_rate",
  "settings.forward_url",
];

function SettingsForm({ bot }: { bot: Bot }) {
  const update = useUpdateBot(bot.id);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const onSuccess = () => {
      form.reset();
      say(t`Saved`);
    };
    update.mutate(patch(new FormData(form), bot), { onSuccess });
  };
  return (
    <Form
      key={JSON.stringify([bot.bot_name, bot.receive_mode, bot.settings])}
      className="flex max-w-lg flex-col gap-4"
      errors={fieldErrors(update.error)}
      onSubmit={submit}
    >
      {update.isError && <ErrorNote error={update.error} inForm={FIELDS} />}
      <Field name="bot_name" label={t`Name`}>
        <input className={inputClass} required maxLength={100} defaultValue={bot.bot_name} />
      </Field>
      <Field
        name="receive_mode"
        label={t`Receives messages by`}
        hint={t`A webhook needs the platform's public https address.`}
      >
        <select className={inputClass} defaultValue={bot.receive_mode}>
          <option value="polling">{t`polling`}</option>
          <option value="webhook">{t`webhook`}</option>
        </select>
      </Field>
      <BehaviourFields bot={bot} />
      <Field
        name="bot_token"
        label={t`New token`}
        hint={t`Now ${bot.token_hint}. Put one in only when @BotFather gave this bot a new one.`}
      >
        <input className={`${inputClass} font-mono`} autoComplete="off" spellCheck={false} />
      </Field>
      <Button
        look="primary"
        type="submit"
        busy={update.isPending}
        className="self-start"
      >{t`Save`}</Button>
    </Form>
  );
}

/** How fast it sends, and what it does with updates beside answering. */
function BehaviourFields({ bot }: { bot: Bot }) {
  return (
    <>
      <Field
        name="settings.send_rate"
        label={t`Messages a second, at most`}
        hint={t`Empty: the platform's own limit. 0: no limit.`}
      >
        <input
          className={inputClass}
          type="number"
          min={0}
          step="any"
          defaultValue={sendRate(bot)}
        />
      </Field>
      <Field
        name="settings.forward_url"
        label={t`Forward updates to`}
        hint={t`The https address of a program of yours; each update is posted there, signed.`}
      >
        <input
          className={inputClass}
          type="url"
          placeholder="https://…"
          defaultValue={forwardUrl(bot)}
        />
      </Field>
      <Field
        name="settings.privacy_commands"
        label={t`People may ask for their data`}
        hint={t`On: the bot answers /privacy, /mydata and /forget by itself.`}
      >
        <select className={inputClass} defaultValue={privacy(bot)}>
          <option value="">{t`off`}</option>
          <option value="on">{t`on`}</option>
        </select>
      </Field>
    </>
  );
}

function privacy({ settings }: Bot): string {
  return settings.privacy_commands ? "on" : "";
}

function forwardUrl({ settings }: Bot): string {
  return String(settings.forward_url ?? "");
}

function sendRate({ settings }: Bot): string {
  return String(settings.send_rate ?? "");
}

/** Only what was changed. */
function patch(data: FormData, bot: Bot): BotPatch {
  const body: BotPatch = {};
  const name = text(data, "bot_name");
  const mode = text(data, "receive_mode") as Bot["receive_mode"];
  const token = text(data, "bot_token");
  if (name !== bot.bot_name) body.bot_name = name;
  if (mode !== bot.receive_mode) body.receive_mode = mode;
  if (token) body.bot_token = token;
  const rate = text(data, "settings.send_rate");
  if (rate !== sendRate(bot)) body.settings = { send_rate: rate ? Number(rate) : null };
  const forward = text(data, "settings.forward_url");
  if (forward !== forwardUrl(bot))
    body.settings = { ...body.settings, forward_url: forward || null };
  const asked = text(data, "settings.privacy_commands");
  if (asked !== privacy(bot))
    body.settings = { ...body.settings, privacy_commands: asked ? true : null };
  return body;
}
