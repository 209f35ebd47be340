import { useInfiniteQuery } from "@tanstack/react-query";
import { StateBadge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { LoadMore } from "@/components/ui/load-more";
import { QueryView } from "@/components/ui/query-view";
import { SearchBox } from "@/components/ui/search-box";
import { Empty } from "@/components/ui/states";
import { when } from "@/lib/format";
import { botLogsOptions, LEVELS, type LogFilter } from "../api/list-logs";

type Props = { botId: number; filter: LogFilter; onFilter: (change: LogFilter) => void };

export function BotLogs({ botId, filter, onFilter }: Props) {
  const logs = useInfiniteQuery(botLogsOptions(botId, filter));
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <SearchBox
          label="Search the log"
          value={filter.q ?? ""}
          onChange={(q) => onFilter({ q })}
        />
        <FilterSelect
          label="Level"
          value={filter.level ?? ""}
          any="all"
          options={LEVELS}
          onChange={(level) => onFilter({ level: level || undefined })}
        />
      </div>
      <Card flush>
        <QueryView query={logs} what="log">
          {({ pages }) => <LogRows lines={pages.flatMap((page) => page.items)} />}
        </QueryView>
        <LoadMore query={logs} />
      </Card>
    </>
  );
}

type Line = { id: number; timestamp: string; log_level: string; message: string };

function LogRows({ lines }: { lines: Line[] }) {
  if (lines.length === 0) return <Empty title="Nothing was logged that fits" />;
  return (
    <ol>
      {lines.map((line) => (
        <li
          key={line.id}
          className="flex flex-col gap-1 border-b border-line/60 px-4 py-2 text-sm last:border-0 sm:flex-row sm:gap-4"
        >
          <time className="shrink-0 text-muted tabular-nums" dateTime={line.timestamp}>
            {when(line.timestamp)}
          </time>
          <span className="w-20 shrink-0">
            <StateBadge state={line.log_level} />
          </span>
          <span className="min-w-0 break-words">{line.message}</span>
        </li>
      ))}
    </ol>
  );
}
