import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Chat } from "@/api/types";
import { StateBadge } from "@/components/ui/badge";
import { FilterSelect } from "@/components/ui/field";
import { SearchBox } from "@/components/ui/search-box";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { ago } from "@/lib/format";
import { May } from "@/lib/may";
import { words } from "@/lib/words";
import { botChatsOptions, CHAT_STATES, type ChatFilter } from "../api/list-chats";
import { ImportDialog } from "./import-dialog";

const COLUMNS: Column<Chat>[] = [
  { head: t`Chat`, cell: (chat) => <Who chat={chat} /> },
  { head: t`Status`, cell: (chat) => <StateBadge state={chat.status} /> },
  { head: t`Kind`, cell: (chat) => words(chat.type), wide: true },
  { head: t`Language`, cell: (chat) => chat.language_code ?? "–", wide: true },
  { head: t`Joined`, cell: (chat) => ago(chat.joined_at), wide: true },
  { head: t`Last seen`, cell: (chat) => ago(chat.last_seen_at) },
];

type Props = { botId: number; filter: ChatFilter; onFilter: (change: ChatFilter) => void };

export function BotChats({ botId, filter, onFilter }: Props) {
  const chats = useInfiniteQuery(botChatsOptions(botId, filter));
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <SearchBox
          label={t`Search subscribers`}
          value={filter.q ?? ""}
          onChange={(q) => onFilter({ q })}
        />
        <FilterSelect
          label={t`Status`}
          value={filter.status ?? ""}
          any={t`all`}
          options={CHAT_STATES}
          onChange={(status) => onFilter({ status: status || undefined })}
        />
        <May to="people.edit">
          <div className="sm:ml-auto">
            <ImportDialog botId={botId} />
          </div>
        </May>
      </div>
      <ListCard
        caption={t`Subscribers`}
        columns={COLUMNS}
        query={chats}
        rowKey={(chat) => chat.chat_id}
        empty={
          <Empty
            title={t`No chats here`}
          >{t`People appear when they send /start to the bot.`}</Empty>
        }
      />
    </>
  );
}

function Who({ chat }: { chat: Chat }) {
  return (
    <>
      <span className="font-medium">{chat.title ?? t`Chat ${chat.chat_id}`}</span>
      {chat.username && <span className="block text-muted">@{chat.username}</span>}
    </>
  );
}
