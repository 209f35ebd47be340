/** What is done to several bots at once. */
import { plural, t } from "@lingui/core/macro";
import { Play, Square } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import type { Bot } from "@/api/types";
import { ChooseOne } from "@/components/choose/choose-one";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { CheckBox } from "@/components/ui/field";
import { explain } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { type Act, useActOnBots } from "../api/act-on-bots";

type Props = {
  /** Those that the list shows. */
  bots: readonly Bot[];
  chosen: ReadonlySet<number>;
  onChoose: (chosen: ReadonlySet<number>) => void;
};

export function SeveralBots({ bots, chosen, onChoose }: Props) {
  const act = useActOnBots();
  const wanted = bots.filter(({ id }) => chosen.has(id));
  const run = (what: Act) =>
    act.mutate(
      { bots: wanted, act: what },
      {
        onSuccess: (refused) => {
          onChoose(new Set(refused.map(({ bot }) => bot.id)));
          const done = wanted.length - refused.length;
          if (done) say(plural(done, { one: "Done for # bot", other: "Done for # bots" }));
        },
      },
    );
  const busy = act.isPending;
  return (
    <div className="flex flex-col gap-2 border-b border-line px-4 py-2">
      <div className="flex flex-wrap items-center gap-2">
        <CheckBox
          label={plural(bots.length, { one: "Choose # bot", other: "Choose all # shown" })}
          checked={wanted.length === bots.length}
          onChange={(all) => onChoose(new Set(all ? bots.map(({ id }) => id) : []))}
        />
        {wanted.length > 0 && (
          <>
            <span className="text-sm text-muted" role="status">
              {plural(wanted.length, { one: "# chosen", other: "# chosen" })}
            </span>
            <Button
              icon={<Play />}
              busy={busy}
              onClick={() => run("start")}
            >{t`Start them`}</Button>
            <Button
              icon={<Square />}
              busy={busy}
              onClick={() => run("stop")}
            >{t`Stop them`}</Button>
            <CopyWelcome many={wanted.length} busy={busy} onCopy={(id) => run({ welcomeOf: id })} />
          </>
        )}
      </div>
      <Refused refused={act.data ?? []} error={act.error} />
    </div>
  );
}

type RefusedProps = {
  refused: NonNullable<ReturnType<typeof useActOnBots>["data"]>;
  error: unknown;
};

function Refused({ refused, error }: RefusedProps) {
  if (error)
    return (
      <p role="alert" className="text-sm text-failed">
        {explain(asProblem(error))}
      </p>
    );
  if (refused.length === 0) return null;
  return (
    <ul role="alert" className="text-sm text-failed">
      {refused.map(({ bot, problem }) => (
        <li key={bot.id}>{`${bot.bot_name}: ${explain(problem)}`}</li>
      ))}
    </ul>
  );
}

type CopyProps = { many: number; busy: boolean; onCopy: (source: number) => void };

/** Gives the chosen bots the welcome that another bot has. */
function CopyWelcome({ many, busy, onCopy }: CopyProps) {
  const [open, setOpen] = useState(false);
  const [source, setSource] = useState<{ id: number; name: string } | null>(null);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Copy a welcome`}
      description={plural(many, {
        one: "The chosen bot answers /start as another bot does. What it answers now is replaced.",
        other:
          "The # chosen bots answer /start as another bot does. What they answer now is replaced.",
      })}
      trigger={<Button busy={busy}>{t`Copy a welcome…`}</Button>}
    >
      <div className="flex flex-col gap-4">
        <ChooseOne label={t`Bot that has it`} kind="bots" value={source} onChange={setSource} />
        <Button
          look="primary"
          className="self-start"
          disabled={!source}
          onClick={() => {
            if (source) onCopy(source.id);
            setOpen(false);
          }}
        >{t`Replace welcomes`}</Button>
      </div>
    </Dialog>
  );
}
