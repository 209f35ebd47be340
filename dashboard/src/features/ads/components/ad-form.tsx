import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { FormEvent, ReactNode } from "react";
import type { Ad } from "@/api/types";
import { ButtonEditor } from "@/components/message/button-editor";
import { MessagePreview } from "@/components/message/message-preview";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { areaClass, CheckBox, Field, inputClass } from "@/components/ui/field";
import { MarkupOptions } from "@/components/ui/markup-options";
import { ErrorNote } from "@/components/ui/states";
import { TimeField } from "@/components/ui/time-field";
import { useDraft } from "@/lib/draft";
import { fieldErrors } from "@/lib/form";
import { useUnsaved } from "@/lib/unsaved";
import { type AdDraft, type AdOptions, bodyOf, changesOf, draftOf, EMPTY_DRAFT } from "../ad-draft";
import { useSaveAd } from "../api/save-ad";
import { MediaFields } from "./media-fields";
import { TargetingFields } from "./targeting-fields";

type Props = {
  ad?: Ad;
  botName: (id: number) => string;
  onSaved: (ad: Ad) => void;
  cancel: ReactNode;
};

/** Creates an ad, or edits the given one, with the message as it will look beside it. */
export function AdForm({ ad, botName, onSaved, cancel }: Props) {
  const kept = useDraft(`ad-${ad?.id ?? "new"}`, () => (ad ? draftOf(ad) : EMPTY_DRAFT));
  const { draft } = kept;
  const free = useUnsaved(kept.touched);
  const save = useSaveAd(ad?.id);
  const set = (part: Partial<AdDraft>) => kept.set((old) => ({ ...old, ...part }));
  const onSuccess = (saved: Ad) => {
    free();
    kept.forget();
    onSaved(saved);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(ad ? changesOf(draft, ad) : bodyOf(draft), { onSuccess });
  };
  return (
    <Form
      className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_22rem]"
      errors={fieldErrors(save.error)}
      onSubmit={submit}
    >
      <div className="flex min-w-0 flex-col gap-5">
        {save.isError && <ErrorNote error={save.error} />}
        {kept.found && (
          <div className="flex flex-wrap items-center justify-between gap-3 rounded-lg bg-raised p-3 text-sm">
            <Trans>
              What you typed before was not saved yet. It is here.
              <Button onClick={kept.forget}>Begin anew</Button>
            </Trans>
          </div>
        )}
        <Card title={t`Message`}>
          <MessageFields draft={draft} set={set} />
        </Card>
        <Card title={t`Audience`}>
          <TargetingFields draft={draft} set={set} botName={botName} />
        </Card>
        <Card title={t`Price and time`}>
          <TermsFields draft={draft} set={set} />
        </Card>
        <div className="flex gap-2">
          <Button look="primary" type="submit" busy={save.isPending}>
            {ad ? t`Save changes` : t`Create ad`}
          </Button>
          {cancel}
        </div>
      </div>
      <div className="lg:sticky lg:top-6">
        <MessagePreview
          content={draft.content}
          parseMode={draft.parse_mode}
          buttons={draft.buttons}
          media={draft.media.split("\n").filter((line) => line.trim())}
        />
      </div>
    </Form>
  );
}

type FieldsProps = { draft: AdDraft; set: (part: Partial<AdDraft>) => void };

function MessageFields({ draft, set }: FieldsProps) {
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
      <Field name="content" label={t`Text`}>
        <textarea
          className={areaClass}
          rows={7}
          required
          value={draft.content}
          onChange={(event) => set({ content: event.target.value })}
        />
      </Field>
      <Field name="parse_mode" label={t`Markup`}>
        <select
          className={inputClass}
          value={draft.parse_mode}
          onChange={(event) => set({ parse_mode: event.target.value })}
        >
          <MarkupOptions />
        </select>
      </Field>
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

function TermsFields({ draft, set }: FieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-[1fr_6rem_1.5fr]">
      <Field name="price" label={t`Price`}>
        <input
          className={inputClass}
          inputMode="decimal"
          pattern="[0-9]{1,8}(\.[0-9]{1,2})?"
          placeholder="12.50"
          value={draft.price}
          onChange={(event) => set({ price: event.target.value })}
        />
      </Field>
      <Field name="currency" label={t`Currency`}>
        <input
          className={inputClass}
          maxLength={3}
          value={draft.currency}
          onChange={(event) => set({ currency: event.target.value })}
        />
      </Field>
      <TimeField
        name="scheduled_for"
        label={t`Goes out at`}
        hint={t`Empty: when it is launched`}
        value={draft.scheduled_for}
        onChange={(scheduled_for) => set({ scheduled_for })}
      />
    </div>
  );
}
