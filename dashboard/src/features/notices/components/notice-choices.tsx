import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { inputClass } from "@/components/ui/field";
import { sayProblem } from "@/components/ui/toast";
import { type Notice, noticesOptions, useChooseNotices } from "../api/notices";

const KINDS: Record<Notice["kind"], string> = {
  account: t`Your account: new devices, a changed password`,
  broadcast_ended: t`Your broadcast is finished`,
  broadcast_stopped: t`Your broadcast has failed or paused itself`,
  bot_error: t`Your bot is in error`,
  report: t`Reports that you have ordered`,
};

const WAYS: Record<Notice["channel"], string> = {
  telegram: t`Telegram`,
  mail: t`Mail`,
  none: t({ message: "Nothing", context: "notices" }),
};

/** By which way one is told of what; a choice counts at once. */
export function NoticeChoices() {
  const { data } = useQuery(noticesOptions);
  const choose = useChooseNotices();
  if (!data) return null;
  return (
    <section aria-label={t`What comes by which way`} className="flex flex-col gap-3 text-sm">
      <h3 className="font-semibold">{t`What comes by which way`}</h3>
      {data.items.map(({ kind, channel }) => (
        <label key={kind} className="flex items-center justify-between gap-3">
          <span className="min-w-0">{KINDS[kind]}</span>
          <select
            className={`${inputClass} h-9 w-auto! shrink-0 pr-8 text-sm!`}
            value={channel}
            onChange={(event) =>
              choose.mutate({ [kind]: event.target.value }, { onError: sayProblem })
            }
          >
            {Object.entries(WAYS).map(([way, name]) => (
              <option key={way} value={way}>
                {name}
              </option>
            ))}
          </select>
        </label>
      ))}
      <p className="text-muted">
        {t`Telegram needs a linked chat, mail a confirmed address under Ways to sign in.`}
      </p>
    </section>
  );
}
