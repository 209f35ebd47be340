import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { type ChangeEvent, useState } from "react";
import type { BotCommand } from "@/api/types";
import { ButtonEditor } from "@/components/message/button-editor";
import { MessagePreview } from "@/components/message/message-preview";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { areaClass, inputClass } from "@/components/ui/field";
import { MARKUP, MarkupOptions } from "@/components/ui/markup-options";
import { QueryView } from "@/components/ui/query-view";
import { Empty, ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { useMay } from "@/lib/may";
import { useUnsaved } from "@/lib/unsaved";
import { commandsOptions } from "../api/get-commands";
import { usePutCommands } from "../api/put-commands";

/** What the bot answers by itself. */
export function BotCommands({ botId }: { botId: number }) {
  const commands = useQuery(commandsOptions(botId));
  return (
    <Card title={t`Answers`}>
      <QueryView query={commands} what={t`commands`}>
        {({ items }) => <Editor key={JSON.stringify(items)} botId={botId} saved={items} />}
      </QueryView>
    </Card>
  );
}

type Draft = BotCommand & { key: number };
let lastKey = 0;
const withKey = (command: BotCommand): Draft => ({ ...command, key: ++lastKey });
const blank = (): Draft =>
  withKey({
    trigger: "",
    match: "command",
    reply: { text: "", parse_mode: MARKUP },
  } as BotCommand);

function Editor({ botId, saved }: { botId: number; saved: BotCommand[] }) {
  const [drafts, setDrafts] = useState(() => saved.map(withKey));
  const [changed, setChanged] = useState(false);
  const put = usePutCommands(botId);
  useUnsaved(changed);
  const writable = useMay("bots.edit");
  const edit = (next: Draft[]) => {
    setDrafts(next);
    setChanged(true);
  };
  const change = (key: number, part: Partial<BotCommand>) =>
    edit(drafts.map((draft) => (draft.key === key ? { ...draft, ...part } : draft)));
  const save = () => {
    const items = drafts.map(({ key: _, ...command }) => command);
    put.mutate({ items }, { onSuccess: () => say(t`Answers saved`) });
  };
  return (
    <fieldset disabled={!writable} className="flex flex-col gap-4">
      {put.isError && <ErrorNote error={put.error} />}
      {drafts.length === 0 && <Empty title={t`No answers yet`}>{t`The bot only listens.`}</Empty>}
      {drafts.map((draft, index) => (
        <CommandRow
          key={draft.key}
          number={index + 1}
          command={draft}
          onChange={(part) => change(draft.key, part)}
          onRemove={() => edit(drafts.filter(({ key }) => key !== draft.key))}
        />
      ))}
      {writable && (
        <div className="flex gap-2">
          <Button
            icon={<Plus />}
            onClick={() => edit([...drafts, blank()])}
          >{t`Add an answer`}</Button>
          <Button
            look="primary"
            busy={put.isPending}
            disabled={!changed}
            onClick={save}
          >{t`Save`}</Button>
        </div>
      )}
    </fieldset>
  );
}

type RowProps = {
  number: number;
  command: BotCommand;
  onChange: (part: Partial<BotCommand>) => void;
  onRemove: () => void;
};

const MATCHES: Record<NonNullable<BotCommand["match"]>, string> = {
  command: t`the command`,
  exact: t`exactly the text`,
  contains: t`a text with`,
};

const markup = (event: ChangeEvent<HTMLSelectElement>) =>
  (event.target.value || null) as BotCommand["reply"]["parse_mode"];

function CommandRow({ number, command, onChange, onRemove }: RowProps) {
  const { match, trigger, reply } = command;
  return (
    <div className="grid gap-2 rounded-lg border border-line p-3 sm:grid-cols-[10rem_1fr_auto]">
      <select
        aria-label={t`How answer ${number} is matched`}
        className={inputClass}
        value={match}
        onChange={(event) => onChange({ match: event.target.value as BotCommand["match"] })}
      >
        {Object.entries(MATCHES).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <input
        aria-label={t`What answer ${number} reacts to`}
        className={inputClass}
        value={trigger}
        placeholder={match === "command" ? "/help" : t`price`}
        onChange={(event) => onChange({ trigger: event.target.value })}
      />
      <Button
        look="quiet"
        aria-label={t`Remove answer ${number}`}
        icon={<Trash2 />}
        onClick={onRemove}
      />
      <textarea
        aria-label={t`Text of answer ${number}`}
        className={`${areaClass} sm:col-span-3`}
        rows={2}
        value={reply.text ?? ""}
        onChange={(event) => onChange({ reply: { ...reply, text: event.target.value } })}
      />
      <select
        aria-label={t`Markup of answer ${number}`}
        className={inputClass}
        value={reply.parse_mode ?? ""}
        onChange={(event) => onChange({ reply: { ...reply, parse_mode: markup(event) } })}
      >
        <MarkupOptions />
      </select>
      <Rest command={command} onChange={onChange} />
    </div>
  );
}

/** A picture, buttons, and how the whole will look; closed where there are none. */
function Rest({ command: { reply }, onChange }: Pick<RowProps, "command" | "onChange">) {
  const change = (part: Partial<BotCommand["reply"]>) => onChange({ reply: { ...reply, ...part } });
  const buttons = reply.buttons ?? [];
  return (
    <details className="sm:col-span-3" open={Boolean(reply.media_url) || buttons.length > 0}>
      <summary className="cursor-pointer py-1 text-sm">{t`Picture, buttons and preview`}</summary>
      <div className="mt-2 grid items-start gap-4 sm:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-3">
          <label className="flex flex-col gap-1 text-sm font-medium">
            {t`Address of a picture or video`}
            <input
              className={inputClass}
              type="url"
              placeholder="https://…"
              value={reply.media_url ?? ""}
              onChange={(event) => change({ media_url: event.target.value || null })}
            />
          </label>
          <ButtonEditor rows={buttons} onChange={(rows) => change({ buttons: rows })} />
        </div>
        <MessagePreview
          content={reply.text ?? ""}
          parseMode={reply.parse_mode}
          buttons={buttons}
          media={reply.media_url ? [reply.media_url] : []}
        />
      </div>
    </details>
  );
}
