import { t } from "@lingui/core/macro";
import { ButtonEditor } from "@/components/message/button-editor";
import { TextEditor } from "@/components/message/text-editor";
import { CheckBox, Field, inputClass } from "@/components/ui/field";
import type { AdDraft, AdOptions } from "../ad-draft";
import { MediaFields } from "./media-fields";

export type FieldsProps = { draft: AdDraft; set: (part: Partial<AdDraft>) => void };

/** What the ad says: text, media, buttons, and how it is delivered. */
export function MessageFields({ draft, set }: FieldsProps) {
  return (
    <div className="flex flex-col gap-4">
      <Field name="title" label={t`Title`} hint={t`Only for you; nobody else sees it.`}>
        <input
          className={inputClass}
          maxLength={200}
          value={draft.title}
          onChange={(event) => set({ title: event.target.value })}
        />
      </Field>
      <TextEditor
        name="content"
        label={t`Text`}
        value={{ text: draft.content, parse_mode: draft.parse_mode ?? null }}
        onChange={({ text, parse_mode }) => set({ content: text, parse_mode })}
        isCaption={draft.media.length > 0}
      />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{t`Pictures or videos`}</legend>
        <MediaFields value={draft.media} onChange={(media) => set({ media })} />
      </fieldset>
      <ButtonEditor rows={draft.buttons} onChange={(buttons) => set({ buttons })} />
      <OptionFields draft={draft} set={set} />
    </div>
  );
}

const OPTIONS: Record<keyof AdOptions, string> = {
  track_clicks: t`Count clicks on its links`,
  disable_notification: t`Deliver without a sound`,
  protect_content: t`Forbid forwarding and saving`,
  disable_link_preview: t`No preview of links`,
};

function OptionFields({ draft, set }: FieldsProps) {
  return (
    <fieldset>
      <legend className="text-sm font-medium">{t`Options`}</legend>
      <div className="grid sm:grid-cols-2">
        {(Object.keys(OPTIONS) as (keyof AdOptions)[]).map((option) => (
          <CheckBox
            key={option}
            label={OPTIONS[option]}
            checked={draft.options[option]}
            onChange={(on) => set({ options: { ...draft.options, [option]: on } })}
          />
        ))}
      </div>
    </fieldset>
  );
}
