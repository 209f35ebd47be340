import { Play, RotateCw, Square } from "lucide-react";
import type { Bot } from "@/api/types";
import { Button } from "@/components/ui/button";
import { sayProblem } from "@/components/ui/toast";
import { May } from "@/lib/may";
import { type RunStep, useRunBot } from "../api/run-bot";

/** Start, or stop and restart: whichever changes something from what the bot is meant to do. */
export function RunButtons({ bot, labels }: { bot: Bot; labels?: boolean }) {
  const run = useRunBot(bot.id);
  const go = (step: RunStep) => run.mutate(step, { onError: sayProblem });
  const name = (word: string) =>
    labels ? { children: word } : { "aria-label": `${word} ${bot.bot_name}`, title: word };
  const stopped = bot.desired_status === "stopped";
  return (
    <May to="bots.change">
      <div className="flex justify-end gap-1.5">
        {(stopped || bot.status === "error") && (
          <Button
            {...name("Start")}
            icon={<Play />}
            busy={run.isPending}
            onClick={() => go("start")}
          />
        )}
        {!stopped && (
          <>
            <Button
              {...name("Stop")}
              icon={<Square />}
              busy={run.isPending}
              onClick={() => go("stop")}
            />
            <Button
              {...name("Restart")}
              icon={<RotateCw />}
              busy={run.isPending}
              onClick={() => go("restart")}
            />
          </>
        )}
      </div>
    </May>
  );
}
