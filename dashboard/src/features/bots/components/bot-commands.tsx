import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { BotCommand } from "@/api/types";
import { read } from "@/components/message/markup";
import { textOf } from "@/components/message/markup/runs";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { inputClass } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { Empty, ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { fieldErrors } from "@/lib/form";
import { useMay } from "@/lib/may";
import { useUnsaved } from "@/lib/unsaved";
import { commandsOptions } from "../api/get-commands";
import { usePutCommands } from "../api/put-commands";
import { EMPTY_REPLY, ReplyEditor } from "./reply-editor";

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
const blank = (): Draft => withKey({ trigger: "", match: "command", reply: EMPTY_REPLY });

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
  const save = (event: FormEvent) => {
    event.preventDefault();
    const items = drafts.map(({ key: _, ...command }) => command);
    put.mutate({ items }, { onSuccess: () => say(t`Answers saved`) });
  };
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(put.error)} onSubmit={save}>
      {put.isError && <ErrorNote error={put.error} />}
      {drafts.length === 0 && <Empty title={t`No answers yet`}>{t`The bot only listens.`}</Empty>}
      {drafts.map((draft, index) => (
        <CommandRow
          key={draft.key}
          number={index + 1}
          command={draft}
          writable={writable}
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
            type="submit"
            disabled={!changed}
          >{t`Save`}</Button>
        </div>
      )}
    </Form>
  );
}

type RowProps = {
  number: number;
  command: Draft;
  onChange: (part: Partial<BotCommand>) => void;
  onRemove: () => void;
  writable: boolean;
};

const MATCHES: Record<NonNullable<BotCommand["match"]>, string> = {
  command: t`the command`,
  exact: t`exactly the text`,
  contains: t`a text with`,
};

function CommandRow({ number, command, onChange, onRemove, writable }: RowProps) {
  const { match, trigger, reply } = command;
  const [open, setOpen] = useState(!command.trigger);
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-line p-3">
      <div className="grid grid-cols-[1fr_auto_auto] gap-2 sm:grid-cols-[10rem_1fr_auto_auto]">
        <select
          aria-label={t`How answer ${number} is matched`}
          className={`${inputClass} max-sm:col-span-3`}
          disabled={!writable}
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
          disabled={!writable}
          value={trigger}
          placeholder={match === "command" ? "/help" : t`price`}
          onChange={(event) => onChange({ trigger: event.target.value })}
        />
        <Button
          aria-expanded={open}
          aria-label={open ? t`Close answer ${number}` : t`Open answer ${number}`}
          icon={open ? <ChevronUp /> : <ChevronDown />}
          onClick={() => setOpen(!open)}
        />
        <Button
          look="quiet"
          aria-label={t`Remove answer ${number}`}
          icon={<Trash2 />}
          disabled={!writable}
          onClick={onRemove}
        />
      </div>
      {open ? (
        <ReplyEditor
          name={`items.${number - 1}.reply`}
          label={t`Text of answer ${number}`}
          reply={reply}
          disabled={!writable}
          onChange={(next) => onChange({ reply: next })}
        />
      ) : (
        <p className="truncate text-sm text-muted">{plainText(reply)}</p>
      )}
    </div>
  );
}

function plainText({ text = "", parse_mode = null }: BotCommand["reply"]): string {
  const found = read(text, parse_mode);
  return "parsed" in found ? textOf(found.parsed.runs) : text;
}
