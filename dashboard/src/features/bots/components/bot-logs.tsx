import { useInfiniteQuery } from "@tanstack/react-query";
import { LogRows } from "@/components/log-rows";
import { Card } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { LoadMore } from "@/components/ui/load-more";
import { QueryView } from "@/components/ui/query-view";
import { SearchBox } from "@/components/ui/search-box";
import { LOG_LEVELS } from "@/lib/log-levels";
import { botLogsOptions, type LogFilter } from "../api/list-logs";

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
          options={LOG_LEVELS}
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
