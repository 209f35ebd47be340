import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import type { Answer, Bot } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { QueryView } from "@/components/ui/query-view";
import { sayProblem } from "@/components/ui/toast";
import { count } from "@/lib/format";
import { useDeleteBot } from "../api/delete-bot";
import { deletionOptions } from "../api/get-deletion";

type Props = { bot: Bot; onDeleted: () => void };

export function DeleteBot({ bot, onDeleted }: Props) {
  const remove = useDeleteBot(bot.id);
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="text-sm text-muted">{t`Its chats, messages and texts are erased; sums stay. You see how much before.`}</p>
      <Confirm
        title={t`Delete ${bot.bot_name}?`}
        action={t`Delete bot`}
        onConfirm={() => remove.mutate(undefined, { onSuccess: onDeleted, onError: sayProblem })}
        trigger={
          <Button look="danger" icon={<Trash2 />} busy={remove.isPending}>{t`Delete bot`}</Button>
        }
      >
        <Said id={bot.id} />
      </Confirm>
    </div>
  );
}

/** Read when the dialog opens. */
function Said({ id }: { id: number }) {
  const deletion = useQuery(deletionOptions(id));
  return (
    <QueryView query={deletion} what={t`what would go`} rows={2}>
      {(found) => <Sentences found={found} />}
    </QueryView>
  );
}

const MOST = 1_000_000;

function Sentences({ found }: { found: Answer<"/api/bots/{bot_id}/deletion"> }) {
  const { goes, stays } = found;
  const rows = (value: number) => (value >= MOST ? t`more than ${count(MOST)}` : count(value));
  return (
    <div className="flex flex-col gap-2">
      <p>{t`Erased: ${rows(goes.chats)} chats, ${rows(goes.messages)} messages, ${rows(goes.clicks)} single clicks, its token and its texts. That cannot be undone.`}</p>
      {goes.pending_recipients > 0 && (
        <p>
          {plural(goes.pending_recipients, {
            one: "# recipient of running broadcasts is skipped.",
            other: "# recipients of running broadcasts are skipped.",
          })}
        </p>
      )}
      {goes.schedules > 0 && (
        <p>
          {plural(goes.schedules, {
            one: "# schedule of it alone is cancelled.",
            other: "# schedules of it alone are cancelled.",
          })}
        </p>
      )}
      <p>{t`Stays as sums: its part in ${plural(stays.broadcasts, { one: "# broadcast", other: "# broadcasts" })}, ${count(stays.sent)} sent, ${plural(stays.clicks, { one: "# click", other: "# clicks" })}.`}</p>
    </div>
  );
}
