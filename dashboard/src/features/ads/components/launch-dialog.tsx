import { Form } from "@base-ui/react/form";
import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Megaphone } from "lucide-react";
import { type FormEvent, useState } from "react";
import { idempotencyKey } from "@/api/client";
import type { Ad } from "@/api/types";
import { worded } from "@/api/worded";
import { ChooseMany } from "@/components/choose/choose-many";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { ErrorNote } from "@/components/ui/states";
import { TimeField } from "@/components/ui/time-field";
import { fieldErrors, text } from "@/lib/form";
import { count, duration } from "@/lib/format";
import { type Launch, useLaunchAd } from "../api/launch-ad";
import { previewOptions } from "../api/preview-ad";

type Props = { ad: Ad; botName: (id: number) => string; onLaunched: (broadcastId: number) => void };

/** Shows how many the ad reaches, then sends it out. */
export function LaunchDialog(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Broadcast this ad`}
      trigger={<Button look="primary" icon={<Megaphone />}>{t`Broadcast`}</Button>}
    >
      <LaunchForm {...props} />
    </Dialog>
  );
}

function LaunchForm({ ad, botName, onLaunched }: Props) {
  // One key for as long as the dialog is open: pressing twice launches once.
  const [key] = useState(idempotencyKey);
  const [chosen, setChosen] = useState<number[]>([]);
  const [at, setAt] = useState("");
  const launch = useLaunchAd(ad.id);
  const preview = useQuery(previewOptions(ad.id, chosen)).data;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = launchBody(new FormData(event.currentTarget), chosen, at);
    launch.mutate({ body, key }, { onSuccess: ({ broadcast_id }) => onLaunched(broadcast_id) });
  };
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(launch.error)} onSubmit={submit}>
      {launch.isError && <ErrorNote error={launch.error} />}
      {preview?.refused && <Refused ad={ad} />}
      <AudiencePreview ad={ad} botName={botName} chosen={chosen} />
      <ChooseMany
        legend={t`Through these bots`}
        none={t`None ticked means all that are running.`}
        kind="running bots"
        chosen={chosen}
        onChange={setChosen}
        nameOf={botName}
      />
      <Field name="delivery" label={t`When an answer of Telegram is missing`}>
        <select className={inputClass} defaultValue="at_most_once">
          <option value="at_most_once">{t`never send twice: name it unknown`}</option>
          <option value="at_least_once">{t`send again: some may get it twice`}</option>
        </select>
      </Field>
      <TimeField
        name="scheduled_for"
        label={t`At`}
        hint={t`Empty: now, or the ad's own time if that lies ahead`}
        value={at}
        onChange={setAt}
      />
      <Button
        look="primary"
        type="submit"
        disabled={Boolean(preview?.refused)}
        busy={launch.isPending}
      >
        {launchName(preview?.audience, isLater(at || ad.scheduled_for))}
      </Button>
    </Form>
  );
}

/** Why one may not launch: an ad takes two people here. */
function Refused({ ad }: { ad: Ad }) {
  return (
    <p role="alert" className="rounded-lg bg-blocked/12 p-3 text-sm">
      {t`An ad takes two people here: one approves it, another one launches it.`}{" "}
      {ad.operator_id
        ? t`You have approved this one: somebody else has to launch it.`
        : t`Nobody has approved this one: hand it in for review first.`}
    </p>
  );
}

function launchName(audience: number | undefined, later: boolean): string {
  const chats =
    audience === undefined ? t`– chats` : plural(audience, { one: "# chat", other: "# chats" });
  return later ? t`Schedule for ${chats}` : t`Send to ${chats}`;
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

type PreviewProps = { ad: Ad; botName: Props["botName"]; chosen: number[] };

function AudiencePreview({ ad, botName, chosen }: PreviewProps) {
  const preview = useQuery(previewOptions(ad.id, chosen));
  return (
    <QueryView query={preview} what={t`audience`} rows={2}>
      {({ audience, per_bot, excluded, estimated_seconds }) => (
        <div className="rounded-lg bg-raised p-3 text-sm">
          <p>
            <Trans>
              <strong className="text-lg tabular-nums">{count(audience)}</strong> recipients, about{" "}
              <strong>{duration(estimated_seconds)}</strong>
            </Trans>
          </p>
          <ul className="mt-1 max-h-24 overflow-y-auto text-muted">
            {per_bot.map((part) => (
              <li key={part.bot_id} className="flex justify-between gap-4">
                <span>{botName(part.bot_id)}</span>
                <span className="tabular-nums">{count(part.audience)}</span>
              </li>
            ))}
            {excluded.map((part) => (
              <li key={part.bot_id}>{t`Not used: ${worded(part.reason)}`}</li>
            ))}
          </ul>
        </div>
      )}
    </QueryView>
  );
}
