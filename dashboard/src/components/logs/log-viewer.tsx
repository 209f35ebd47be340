import { t } from "@lingui/core/macro";
import { rowsOf } from "@/api/pages";
import { Card } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { LoadMore, type Pages } from "@/components/ui/load-more";
import { type Query, QueryView } from "@/components/ui/query-view";
import { SearchBox } from "@/components/ui/search-box";
import { LOG_LEVELS, type LogLevel } from "@/lib/log-levels";
import { type Line, LogLines } from "./log-lines";

export type LogFilter = { level?: LogLevel; q?: string };

type Props = {
  /** An infinite query of log lines, newest first. */
  logs: Query<{ pages: { items: Line[] }[]; pageParams: unknown[] }> & Pages;
  filter: LogFilter;
  onFilter: (change: LogFilter) => void;
};

/** A bot's log with its search and its choice of levels. */
export function LogViewer({ logs, filter, onFilter }: Props) {
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <SearchBox
          label={t`Search the log`}
          value={filter.q ?? ""}
          onChange={(q) => onFilter({ q })}
        />
        <LevelSelect level={filter.level} onLevel={(level) => onFilter({ level })} />
      </div>
      <Card flush>
        <QueryView query={logs} what={t`log`}>
          {(data) => <LogLines lines={rowsOf(data)} />}
        </QueryView>
        <LoadMore query={logs} />
      </Card>
    </>
  );
}

type LevelProps = { level: LogLevel | undefined; onLevel: (level: LogLevel | undefined) => void };

export function LevelSelect({ level, onLevel }: LevelProps) {
  return (
    <FilterSelect
      label={t`Level`}
      value={level ?? ""}
      any={t`all`}
      options={LOG_LEVELS}
      onChange={(choice) => onLevel(choice || undefined)}
    />
  );
}
