import { Link } from "@tanstack/react-router";
import type { Bot } from "@/api/types";
import { StateBadge } from "@/components/ui/badge";
import { type Column, Table } from "@/components/ui/table";
import { ago, count } from "@/lib/format";
import { RunButtons } from "./run-buttons";

const COLUMNS: Column<Bot>[] = [
  { head: "Bot", cell: (bot) => <Name bot={bot} /> },
  { head: "Status", cell: (bot) => <Status bot={bot} /> },
  { head: "Subscribers", cell: (bot) => count(bot.subscribers), number: true, wide: true },
  { head: "Last active", cell: (bot) => ago(bot.last_active), wide: true },
  { head: "Actions", hideHead: true, cell: (bot) => <RunButtons bot={bot} compact /> },
];

export function BotTable({ bots }: { bots: Bot[] }) {
  return <Table caption="Bots" columns={COLUMNS} rows={bots} rowKey={(bot) => bot.id} />;
}

function Name({ bot }: { bot: Bot }) {
  return (
    <div className="min-w-0">
      <Link
        to="/bots/$botId"
        params={{ botId: String(bot.id) }}
        className="font-medium hover:text-accent hover:underline"
      >
        {bot.bot_name}
      </Link>
      <p className="break-all text-muted">@{bot.username}</p>
    </div>
  );
}

function Status({ bot }: { bot: Bot }) {
  return (
    <>
      <StateBadge state={bot.status} />
      {bot.status === "error" && (
        <p className="mt-1 max-w-56 text-xs break-words text-failed">{bot.last_error}</p>
      )}
      <p className="mt-1 text-xs whitespace-nowrap text-muted sm:hidden">
        {count(bot.subscribers)} subscribers
      </p>
    </>
  );
}
