import type { Bot } from "@/api/types";
import { CheckBox, Field, inputClass } from "@/components/ui/field";
import type { AdDraft } from "../ad-draft";

type Props = {
  draft: AdDraft;
  set: (part: Partial<AdDraft>) => void;
  /** None for those who may not see bots. */
  bots: Bot[];
};

/** The audience of the ad. Everything left empty means everybody. */
export function TargetingFields({ draft, set, bots }: Props) {
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className="sr-only">Audience</legend>
      {bots.length > 0 && <BotChoice draft={draft} set={set} bots={bots} />}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field name="targeting.languages" label="Languages" hint="As in: en, de, pt-br">
          <input
            className={inputClass}
            placeholder="all"
            value={draft.languages}
            onChange={(event) => set({ languages: event.target.value })}
          />
        </Field>
        <Field name="targeting.active_within_days" label="Seen within days">
          <input
            className={inputClass}
            type="number"
            min={1}
            placeholder="any time"
            value={draft.active_within_days}
            onChange={(event) => set({ active_within_days: event.target.value })}
          />
        </Field>
        <Field name="targeting.sample_percent" label="Sample, percent" hint="A random part of them">
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
      </div>
      <CheckBox
        label="Each person once, even if they follow several bots"
        checked={draft.dedupe_across_bots}
        onChange={(dedupe_across_bots) => set({ dedupe_across_bots })}
      />
    </fieldset>
  );
}

function BotChoice({ draft, set, bots }: Props) {
  const toggle = (id: number, on: boolean) =>
    set({ bot_ids: on ? [...draft.bot_ids, id] : draft.bot_ids.filter((other) => other !== id) });
  return (
    <fieldset>
      <legend className="text-sm font-medium">Bots</legend>
      <p className="text-sm text-muted">None ticked means all.</p>
      <div className="mt-1 grid max-h-48 overflow-y-auto sm:grid-cols-2">
        {bots.map((bot) => (
          <CheckBox
            key={bot.id}
            label={bot.bot_name}
            checked={draft.bot_ids.includes(bot.id)}
            onChange={(on) => toggle(bot.id, on)}
          />
        ))}
      </div>
    </fieldset>
  );
}
