import { t } from "@lingui/core/macro";
import { ChooseMany } from "@/components/choose/choose-many";
import { CheckBox, Field, inputClass } from "@/components/ui/field";
import { TimeField } from "@/components/ui/time-field";
import { useMay } from "@/lib/may";
import { type AdDraft, targetingOf } from "../ad-draft";
import { AudienceCount } from "./audience-count";

type Props = {
  draft: AdDraft;
  set: (part: Partial<AdDraft>) => void;
  botName: (id: number) => string;
};

/** The audience of the ad. Everything left empty means everybody. */
export function TargetingFields({ draft, set, botName }: Props) {
  const choosesBots = useMay("bots.read");
  const launches = useMay("ads.launch");
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className="sr-only">{t`Audience`}</legend>
      {choosesBots && (
        <ChooseMany
          legend={t`Bots`}
          none={t`None ticked means all.`}
          kind="bots"
          chosen={draft.bot_ids}
          onChange={(bot_ids) => set({ bot_ids })}
          nameOf={botName}
        />
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <PeopleFields draft={draft} set={set} />
        <JoinedFields draft={draft} set={set} />
      </div>
      <CheckBox
        label={t`Each person once, even if they follow several bots`}
        checked={draft.dedupe_across_bots}
        onChange={(dedupe_across_bots) => set({ dedupe_across_bots })}
      />
      {launches && <AudienceCount targeting={targetingOf(draft)} />}
    </fieldset>
  );
}

type FieldsProps = Pick<Props, "draft" | "set">;

function PeopleFields({ draft, set }: FieldsProps) {
  return (
    <>
      <Field name="targeting.languages" label={t`Languages`} hint={t`As in: en, de, pt-br`}>
        <input
          className={inputClass}
          placeholder={t`all`}
          value={draft.languages}
          onChange={(event) => set({ languages: event.target.value })}
        />
      </Field>
      <Field name="targeting.active_within_days" label={t`Seen within days`}>
        <input
          className={inputClass}
          type="number"
          min={1}
          placeholder={t`any time`}
          value={draft.active_within_days}
          onChange={(event) => set({ active_within_days: event.target.value })}
        />
      </Field>
      <Field
        name="targeting.sample_percent"
        label={t`Sample, percent`}
        hint={t`A random part of them`}
      >
        <input
          className={inputClass}
          type="number"
          min={0}
          max={100}
          step="any"
          placeholder="100"
          value={draft.sample_percent}
          onChange={(event) => set({ sample_percent: event.target.value })}
        />
      </Field>
    </>
  );
}

function JoinedFields({ draft, set }: FieldsProps) {
  return (
    <>
      <TimeField
        name="targeting.joined_after"
        label={t`Joined after`}
        hint={t`Empty: at any time`}
        value={draft.joined_after}
        onChange={(joined_after) => set({ joined_after })}
      />
      <TimeField
        name="targeting.joined_before"
        label={t`Joined before`}
        hint={t`Empty: at any time`}
        value={draft.joined_before}
        onChange={(joined_before) => set({ joined_before })}
      />
    </>
  );
}
