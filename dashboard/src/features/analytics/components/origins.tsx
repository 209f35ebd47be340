import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { count, percent } from "@/lib/format";
import { botOriginsOptions } from "../api/get-bot-analytics";
import { languageName } from "../language-name";
import type { SpanDays } from "../spans";

type Origin = Answer<"/api/analytics/bots/{bot_id}/origins">["sources"][number];

function columns(head: string, name: (origin: Origin) => string): Column<Origin>[] {
  return [
    { head, cell: (row) => <span className="font-medium break-words">{name(row)}</span> },
    { head: t`Joined`, cell: (row) => count(row.joined), number: true },
    {
      head: t`Still there`,
      cell: (row) => `${count(row.active)} (${percent(row.active / (row.joined || 1))})`,
      number: true,
    },
    { head: t`Unsubscribed`, cell: (row) => count(row.unsubscribed), number: true, wide: true },
    { head: t`Blocked`, cell: (row) => count(row.blocked), number: true, wide: true },
    { head: t`Gone`, cell: (row) => count(row.gone), number: true, wide: true },
    { head: t`Clicked an ad`, cell: (row) => count(row.clicked), number: true },
  ];
}

const SOURCES = columns(t`Deep link`, ({ name }) => (name === null ? t`none` : `?start=${name}`));
const LANGUAGES = columns(t`Language`, ({ name }) => languageName(name));

type Props = { botId: number; days: SpanDays };

/** Where the people came from who joined in the span, and what became of them. */
export function Origins({ botId, days }: Props) {
  const origins = useQuery(botOriginsOptions(botId, days));
  return (
    <QueryView query={origins} what={t`sources`} rows={6}>
      {(data) => (
        <div className="grid items-start gap-5 2xl:grid-cols-2">
          <OriginCard title={t`Sources`} columns={SOURCES} rows={data.sources} />
          <OriginCard title={t`Languages`} columns={LANGUAGES} rows={data.languages} />
        </div>
      )}
    </QueryView>
  );
}

type CardProps = { title: string; columns: Column<Origin>[]; rows: Origin[] };

function OriginCard({ title, columns, rows }: CardProps) {
  return (
    <TableCard
      title={title}
      aside={
        <span className="text-sm text-muted">{t`who joined in this time, as they are now`}</span>
      }
      caption={title}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.name ?? ""}
      empty={<Empty title={t`Nobody joined in this time`} />}
    />
  );
}
