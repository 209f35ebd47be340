import { plural, t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { rowsOf } from "@/api/pages";
import type { Bot } from "@/api/types";
import { worded } from "@/api/worded";
import { BotLink } from "@/components/links";
import { StateBadge } from "@/components/ui/badge";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { ago, count } from "@/lib/format";
import { useMay } from "@/lib/may";
import type { botsOptions } from "../api/list-bots";
import { RunButtons } from "./run-buttons";
import { SeveralBots } from "./several-bots";

const COLUMNS: Column<Bot>[] = [
  { head: t`Bot`, cell: (bot) => <Name bot={bot} /> },
  { head: t`Status`, cell: (bot) => <Status bot={bot} /> },
  { head: t`Subscribers`, cell: (bot) => count(bot.subscribers), number: true, wide: true },
  { head: t`Last active`, cell: (bot) => ago(bot.last_active), wide: true },
  { head: t`Actions`, hideHead: true, cell: (bot) => <RunButtons bot={bot} compact /> },
];

type Props = { options: ReturnType<typeof botsOptions>; empty: ReactNode };

export function BotList({ options, empty }: Props) {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const query = useInfiniteQuery(options);
  const bots = rowsOf(query.data) ?? [];
  const chooses = useMay("bots.edit") && bots.length > 1;
  const toggle = (id: number) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <ListCard
      above={chooses && <SeveralBots bots={bots} chosen={chosen} onChoose={setChosen} />}
      caption={t`Bots`}
      columns={chooses ? [choice(chosen, toggle), ...COLUMNS] : COLUMNS}
      query={query}
      rowKey={(bot) => bot.id}
      empty={empty}
    />
  );
}

function choice(chosen: ReadonlySet<number>, toggle: (id: number) => void): Column<Bot> {
  return {
    head: t`Chosen`,
    hideHead: true,
    cell: ({ id, bot_name }) => (
      <input
        type="checkbox"
        aria-label={t`Choose ${bot_name}`}
        className="size-6 accent-accent sm:size-4"
        checked={chosen.has(id)}
        onChange={() => toggle(id)}
      />
    ),
  };
}

function Name({ bot }: { bot: Bot }) {
  return (
    <div className="min-w-0">
      <BotLink id={bot.id}>{bot.bot_name}</BotLink>
      <p className="break-all text-muted">@{bot.username}</p>
    </div>
  );
}

function Status({ bot }: { bot: Bot }) {
  return (
    <>
      <StateBadge state={bot.status} />
      {bot.status === "error" && (
        <p className="mt-1 max-w-56 text-xs break-words text-failed">
          {worded(bot.last_error ?? "")}
        </p>
      )}
      <p className="mt-1 text-xs whitespace-nowrap text-muted sm:hidden">
        {plural(bot.subscribers, { one: "# subscriber", other: "# subscribers" })}
      </p>
    </>
  );
}
