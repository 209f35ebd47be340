import { t } from "@lingui/core/macro";
import type { BotCommand } from "@/api/types";
import { ButtonEditor } from "@/components/message/button-editor";
import { MessagePreview } from "@/components/message/message-preview";
import { TextEditor } from "@/components/message/text-editor";
import { Field, inputClass } from "@/components/ui/field";

export type Reply = BotCommand["reply"];
export const EMPTY_REPLY: Reply = { text: "", parse_mode: "HTML", buttons: [] };

type Props = {
  /** The API's own dotted path of the reply. */
  name: string;
  label: string;
  reply: Reply;
  onChange: (reply: Reply) => void;
  disabled: boolean;
};

/** A message that a bot sends by itself: as an ad is written, with what Telegram takes in answers. */
export function ReplyEditor({ name, label, reply, onChange, disabled }: Props) {
  const change = (part: Partial<Reply>) => onChange({ ...reply, ...part });
  const { text = "", parse_mode = null, media_url, buttons = [] } = reply;
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="flex min-w-0 flex-col gap-4">
        <TextEditor
          name={`${name}.text`}
          label={label}
          value={{ text, parse_mode }}
          onChange={change}
          isCaption={Boolean(media_url)}
          disabled={disabled}
        />
        <Field
          name={`${name}.media_url`}
          label={t`Address of a picture or video`}
          hint={t`Telegram fetches it from there. The text goes below it.`}
        >
          <input
            className={inputClass}
            type="url"
            placeholder="https://…"
            value={media_url ?? ""}
            onChange={(event) => change({ media_url: event.target.value || null })}
          />
        </Field>
        <ButtonEditor
          name={`${name}.buttons`}
          rows={buttons}
          onChange={(rows) => change({ buttons: rows })}
          canCallBack
        />
      </div>
      <MessagePreview
        content={text}
        parseMode={parse_mode}
        buttons={buttons}
        media={media_url ? [media_url] : []}
        linkCard
      />
    </div>
  );
}
