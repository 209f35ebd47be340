import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { AdLink } from "@/components/links";
import { StateBadge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { FilterSelect } from "@/components/ui/field";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { plainText, toTheSecond } from "@/lib/format";
import { words } from "@/lib/words";
import {
  DIRECTIONS,
  type Message,
  type MessageFilter,
  messagesOptions,
} from "../api/list-messages";

const WAY: Record<Message["direction"], string> = { in: t`from people`, out: t`from the bot` };

type Props = { botId: number; filter: MessageFilter; onFilter: (change: MessageFilter) => void };

/** What a bot got and sent, of all chats or of one. */
export function BotMessages({ botId, filter, onFilter }: Props) {
  const columns: Column<Message>[] = [
    { head: t`When`, cell: (row) => toTheSecond(row.sent_at), wide: true },
    { head: t`Way`, cell: (row) => WAY[row.direction], wide: true },
    { head: t`Message`, cell: (row) => <Text message={row} /> },
    {
      head: t`Chat`,
      cell: ({ chat_id }) => (
        <Button look="quiet" onClick={() => onFilter({ chat_id })}>
          {chat_id}
        </Button>
      ),
      wide: true,
    },
    { head: t`Status`, cell: (row) => <StateBadge state={row.status} /> },
  ];
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <FilterSelect
          label={t`Show`}
          value={filter.direction ?? ""}
          any={t`all messages`}
          options={DIRECTIONS}
          name={(way) => WAY[way]}
          onChange={(direction) => onFilter({ direction: direction || undefined })}
        />
        {filter.chat_id !== undefined && (
          <Button
            onClick={() => onFilter({ chat_id: undefined })}
          >{t`Only chat ${filter.chat_id}: show all`}</Button>
        )}
      </div>
      <ListCard
        caption={t`Messages`}
        columns={columns}
        query={useInfiniteQuery(messagesOptions(botId, filter))}
        rowKey={(row) => row.id}
        empty={
          <Empty title={t`No messages here`}>{t`They are kept as long as the settings say.`}</Empty>
        }
      />
    </>
  );
}

function Text({ message }: { message: Message }) {
  const { ad_id, chat_id, content, error, message_type, sent_at, direction } = message;
  return (
    <div className="max-w-md min-w-0 break-words">
      <p className="line-clamp-2 whitespace-pre-wrap">
        {content === null ? `(${words(message_type)})` : plainText(content)}
      </p>
      {ad_id !== null && <AdLink id={ad_id}>{t`Ad ${ad_id}`}</AdLink>}
      {error && <p className="text-failed">{error}</p>}
      <p className="text-muted sm:hidden">{t`${WAY[direction]}, chat ${chat_id}, ${toTheSecond(sent_at)}`}</p>
    </div>
  );
}
