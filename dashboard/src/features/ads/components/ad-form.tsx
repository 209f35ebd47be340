import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Ad } from "@/api/types";
import { MessagePreview } from "@/components/message/message-preview";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { TimeField } from "@/components/ui/time-field";
import { useDraft } from "@/lib/draft";
import { fieldErrors } from "@/lib/form";
import { useUnsaved } from "@/lib/unsaved";
import { type AdDraft, bodyOf, changesOf, draftOf, EMPTY_DRAFT } from "../ad-draft";
import { useSaveAd } from "../api/save-ad";
import { type FieldsProps, MessageFields } from "./message-fields";
import { TargetingFields } from "./targeting-fields";

type Props = {
  ad?: Ad;
  /** A new ad begins as a copy of this one. */
  model?: Ad;
  botName: (id: number) => string;
  onSaved: (ad: Ad) => void;
  cancel: ReactNode;
};

/** Creates an ad, or edits the given one, with the message as it will look beside it. */
export function AdForm({ ad, model, botName, onSaved, cancel }: Props) {
  const name = ad?.id ?? (model ? `new-from-${model.id}` : "new");
  const kept = useDraft(`message-of-ad-${name}`, () => startOf(ad, model));
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
          <AdvancedFields draft={draft} set={set} />
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
          media={draft.media}
          linkCard={!draft.options.disable_link_preview}
        />
      </div>
    </Form>
  );
}

function startOf(ad?: Ad, model?: Ad): AdDraft {
  if (model) return { ...draftOf(model), scheduled_for: "" };
  return ad ? draftOf(ad) : EMPTY_DRAFT;
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

/** What few ads need; open where it is in use. */
function AdvancedFields({ draft, set }: FieldsProps) {
  const [isUsed] = useState(
    () => draft.priority !== "1" || draft.late_minutes !== "" || draft.paid_budget !== "",
  );
  return (
    <details className="mt-4" open={isUsed}>
      <summary className="cursor-pointer py-1 text-sm font-medium">{t`Advanced`}</summary>
      <div className="mt-2 grid gap-4 sm:grid-cols-3">
        <NumberField
          name="priority"
          label={t`Priority, 1 to 10`}
          hint={t`Where broadcasts share a bot, a higher number gets more of its pace.`}
          range={[1, 10]}
          value={draft.priority}
          onChange={(priority) => set({ priority })}
        />
        <NumberField
          name="late_minutes"
          label={t`Skip when later than, minutes`}
          hint={t`Empty: it goes out however late.`}
          range={[0, 525_600]}
          value={draft.late_minutes}
          onChange={(late_minutes) => set({ late_minutes })}
        />
        <NumberField
          name="paid_budget"
          label={t`Messages that may be paid for`}
          hint={t`Above the free rate Telegram takes Stars from the bot for each. 0 or empty: none.`}
          range={[0, 1_000_000_000]}
          value={draft.paid_budget}
          onChange={(paid_budget) => set({ paid_budget })}
        />
      </div>
    </details>
  );
}

type NumberProps = {
  name: string;
  label: string;
  hint: string;
  range: [number, number];
  value: string;
  onChange: (value: string) => void;
};

function NumberField({ range: [min, max], value, onChange, ...about }: NumberProps) {
  return (
    <Field {...about}>
      <input
        className={inputClass}
        type="number"
        min={min}
        max={max}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
