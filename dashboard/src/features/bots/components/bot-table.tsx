import { plural, t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Bot } from "@/api/types";
import { worded } from "@/api/worded";
import { BotLink } from "@/components/links";
import { StateBadge } from "@/components/ui/badge";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { ago, count } from "@/lib/format";
import type { botsOptions } from "../api/list-bots";
import { RunButtons } from "./run-buttons";

const COLUMNS: Column<Bot>[] = [
  { head: t`Bot`, cell: (bot) => <Name bot={bot} /> },
  { head: t`Status`, cell: (bot) => <Status bot={bot} /> },
  { head: t`Subscribers`, cell: (bot) => count(bot.subscribers), number: true, wide: true },
  { head: t`Last active`, cell: (bot) => ago(bot.last_active), wide: true },
  { head: t`Actions`, hideHead: true, cell: (bot) => <RunButtons bot={bot} compact /> },
];

type Props = { options: ReturnType<typeof botsOptions>; empty: ReactNode };

export function BotList({ options, empty }: Props) {
  return (
    <ListCard
      caption={t`Bots`}
      columns={COLUMNS}
      query={useInfiniteQuery(options)}
      rowKey={(bot) => bot.id}
      empty={empty}
    />
  );
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
