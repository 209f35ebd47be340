import { useInfiniteQuery } from "@tanstack/react-query";
import { LogRows } from "@/components/log-rows";
import { Card } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { LoadMore } from "@/components/ui/load-more";
import { QueryView } from "@/components/ui/query-view";
import { SearchBox } from "@/components/ui/search-box";
import { LOG_LEVELS } from "@/lib/log-levels";
import { type SystemLogFilter, systemLogsOptions } from "../api/list-logs";

type Props = { filter: SystemLogFilter; onFilter: (change: SystemLogFilter) => void };

export function SystemLogs({ filter, onFilter }: Props) {
  const logs = useInfiniteQuery(systemLogsOptions(filter));
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
