import { t } from "@lingui/core/macro";
import { Play, RotateCw, Square } from "lucide-react";
import type { ReactElement } from "react";
import type { Bot } from "@/api/types";
import { Button } from "@/components/ui/button";
import { sayProblem } from "@/components/ui/toast";
import { May } from "@/lib/may";
import { type RunStep, useRunBot } from "../api/run-bot";

type Props = {
  bot: Bot;
  step: RunStep;
  icon: ReactElement;
  run: ReturnType<typeof useRunBot>;
  compact?: boolean;
};

const NAMES: Record<RunStep, string> = { start: t`Start`, stop: t`Stop`, restart: t`Restart` };

/** Those of start, stop and restart that change something. */
export function RunButtons({ bot, compact }: Pick<Props, "bot" | "compact">) {
  const run = useRunBot(bot.id);
  const stopped = bot.desired_status === "stopped";
  const broken = bot.status === "error";
  const shared = { bot, run, compact };
  return (
    <May to="bots.edit">
      <div className="flex justify-end gap-1.5">
        {(stopped || broken) && <RunButton {...shared} step="start" icon={<Play />} />}
        {!stopped && <RunButton {...shared} step="stop" icon={<Square />} />}
        {!stopped && !broken && <RunButton {...shared} step="restart" icon={<RotateCw />} />}
      </div>
    </May>
  );
}

/** In a list on a narrow screen: the icon alone, and no restart. Its name always says which bot. */
function RunButton({ bot, step, icon, run, compact }: Props) {
  const restart = compact && step === "restart";
  return (
    <Button
      icon={icon}
      className={restart ? "hidden! sm:inline-flex!" : ""}
      aria-label={`${NAMES[step]} ${bot.bot_name}`}
      busy={run.isPending}
      onClick={() => run.mutate(step, { onError: sayProblem })}
    >
      <span className={compact ? "hidden sm:inline" : ""}>{NAMES[step]}</span>
    </Button>
  );
}
