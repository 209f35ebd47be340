import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";

type Props = { bots: number; subscribers: number; ads: number; broadcasts: number };

/** The way from nothing to the first broadcast; gone once it is walked. */
export function FirstSteps({ bots, subscribers, ads, broadcasts }: Props) {
  const steps = [
    {
      done: bots > 0,
      name: t`Add a bot`,
      how: t`Get a token from @BotFather in Telegram and paste it here.`,
      to: "/bots",
      button: t`Add bot`,
    },
    {
      done: subscribers > 0,
      name: t`Press Start in Telegram`,
      how: t`Start the bot here, open it in Telegram and press Start: you are its first subscriber.`,
      to: "/bots",
      button: t`Open bots`,
    },
    {
      done: ads > 0,
      name: t`Write an ad`,
      how: t`A text, with pictures and buttons where you like.`,
      to: "/ads/new",
      button: t`New ad`,
    },
    {
      done: broadcasts > 0,
      name: t`Broadcast it`,
      how: t`Open the ad, press “Test” to see it yourself, then “Broadcast”.`,
      to: "/ads",
      button: t`Open ads`,
    },
  ] as const;
  const next = steps.findIndex(({ done }) => !done);
  if (next < 0) return null;
  return (
    <Card title={t`First steps`} flush>
      <ol>
        {steps.map(({ done, name, how, to, button }, index) => (
          <li
            key={name}
            className="flex flex-wrap items-center gap-3 border-b border-line/60 px-4 py-3 text-sm last:border-0"
          >
            <span
              className={`flex size-6 shrink-0 items-center justify-center rounded-full text-xs font-medium ${done ? "bg-sent/12 text-sent" : "bg-raised text-muted"}`}
            >
              {done ? <Check aria-label={t`Done`} className="size-4" /> : index + 1}
            </span>
            <div className="min-w-0 flex-1">
              <span className={done ? "text-muted" : "font-medium"}>{name}</span>
              {!done && <span className="block text-muted">{how}</span>}
            </div>
            {index === next && (
              <Link to={to} className={buttonClass("primary")}>
                {button}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}
