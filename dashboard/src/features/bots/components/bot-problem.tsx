import { t } from "@lingui/core/macro";
import { TriangleAlert } from "lucide-react";
import type { Bot } from "@/api/types";
import { worded } from "@/api/worded";

/** Telegram's own words about a bot, and what the operator can do. */
export function BotProblem({ bot }: { bot: Bot }) {
  if (bot.status !== "error" && !bot.last_error) return null;
  const trouble = bot.status === "error";
  return (
    <div
      className={`flex gap-2 rounded-lg p-3 text-sm ${trouble ? "bg-failed/10" : "bg-raised"}`}
      role={trouble ? "alert" : undefined}
    >
      <TriangleAlert
        aria-hidden
        className={`mt-0.5 size-4 shrink-0 ${trouble ? "text-failed" : "text-muted"}`}
      />
      <p className="min-w-0 break-words">
        {trouble ? "" : t`Last error: `}
        {bot.last_error ? worded(bot.last_error) : t`The bot stopped with an error.`}{" "}
        {trouble && <span className="text-muted">{whatToDo(bot.last_error ?? "")}</span>}
      </p>
    </div>
  );
}

function whatToDo(error: string): string {
  if (/unauthorized|401|revoked|not found/i.test(error))
    return t`Get a new token from @BotFather, put it in under Settings, then start the bot again.`;
  if (/conflict|409|other getUpdates|webhook/i.test(error))
    return t`Another program uses this token. Stop it there, then restart the bot here.`;
  return t`Read the bot's log, then start it again.`;
}
