import { Form } from "@base-ui/react/form";
import { useQuery } from "@tanstack/react-query";
import { Megaphone } from "lucide-react";
import { type FormEvent, useState } from "react";
import { idempotencyKey } from "@/api/client";
import type { Ad, Bot } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { CheckBox, Field, inputClass } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { ErrorNote } from "@/components/ui/states";
import { TimeField } from "@/components/ui/time-field";
import { fieldErrors, text } from "@/lib/form";
import { count, duration } from "@/lib/format";
import { type Launch, useLaunchAd } from "../api/launch-ad";
import { previewOptions } from "../api/preview-ad";

type Props = { ad: Ad; bots: Bot[]; onLaunched: (broadcastId: number) => void };

/** Shows how many the ad reaches, then sends it out. */
export function LaunchDialog(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title="Broadcast this ad"
      trigger={
        <Button look="primary" icon={<Megaphone />}>
          Broadcast
        </Button>
      }
    >
      <LaunchForm {...props} />
    </Dialog>
  );
}

function LaunchForm({ ad, bots, onLaunched }: Props) {
  // One key for as long as the dialog is open: pressing twice launches once.
  const [key] = useState(idempotencyKey);
  const [chosen, setChosen] = useState<number[]>([]);
  const [at, setAt] = useState("");
  const launch = useLaunchAd(ad.id);
  const audience = useQuery(previewOptions(ad.id, chosen)).data?.audience;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = launchBody(new FormData(event.currentTarget), chosen, at);
    launch.mutate({ body, key }, { onSuccess: ({ broadcast_id }) => onLaunched(broadcast_id) });
  };
  const toggle = (id: number, on: boolean) =>
    setChosen(on ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(launch.error)} onSubmit={submit}>
      {launch.isError && <ErrorNote error={launch.error} />}
      <AudiencePreview ad={ad} bots={bots} chosen={chosen} />
      <fieldset>
        <legend className="text-sm font-medium">Through these bots</legend>
        <p className="text-sm text-muted">None ticked means all that are running.</p>
        <div className="mt-1 grid max-h-40 overflow-y-auto sm:grid-cols-2">
          {bots
            .filter((bot) => bot.status === "running")
            .map((bot) => (
              <CheckBox
                key={bot.id}
                label={bot.bot_name}
                checked={chosen.includes(bot.id)}
                onChange={(on) => toggle(bot.id, on)}
              />
            ))}
        </div>
      </fieldset>
      <Field name="delivery" label="When an answer of Telegram is missing">
        <select className={inputClass} defaultValue="at_most_once">
          <option value="at_most_once">never send twice: name it unknown</option>
          <option value="at_least_once">send again: some may get it twice</option>
        </select>
      </Field>
      <TimeField
        name="scheduled_for"
        label="At"
        hint="Empty: now, or the ad's own time if that lies ahead"
        value={at}
        onChange={setAt}
      />
      <Button look="primary" type="submit" busy={launch.isPending}>
        {isLater(at || ad.scheduled_for) ? "Schedule for" : "Send to"} {count(audience)} chats
      </Button>
    </Form>
  );
}

/** Without a time of its own a launch takes the ad's, if that lies ahead. */
function isLater(time: string | null): boolean {
  return Boolean(time) && Date.parse(time ?? "") > Date.now();
}

function launchBody(data: FormData, bots: number[], at: string): Launch {
  return {
    delivery: text(data, "delivery") as Launch["delivery"],
    ...(bots.length > 0 && { bot_ids: bots }),
    ...(at && { scheduled_for: at }),
  };
}

type PreviewProps = { ad: Ad; bots: Bot[]; chosen: number[] };

function AudiencePreview({ ad, bots, chosen }: PreviewProps) {
  const preview = useQuery(previewOptions(ad.id, chosen));
  const name = (id: number) => bots.find((bot) => bot.id === id)?.bot_name ?? `Bot ${id}`;
  return (
    <QueryView query={preview} what="audience" rows={2}>
      {({ audience, per_bot, excluded, estimated_seconds }) => (
        <div className="rounded-lg bg-raised p-3 text-sm">
          <p>
            <strong className="text-lg tabular-nums">{count(audience)}</strong> recipients, about{" "}
            <strong>{duration(estimated_seconds)}</strong>
          </p>
          <ul className="mt-1 max-h-24 overflow-y-auto text-muted">
            {per_bot.map((part) => (
              <li key={part.bot_id} className="flex justify-between gap-4">
                <span>{name(part.bot_id)}</span>
                <span className="tabular-nums">{count(part.audience)}</span>
              </li>
            ))}
            {excluded.map((part) => (
              <li key={part.bot_id}>Not used: {part.reason}</li>
            ))}
          </ul>
        </div>
      )}
    </QueryView>
  );
}
