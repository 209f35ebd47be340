import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { toTheSecond } from "@/lib/format";
import { LOG_LEVELS, type LogLevel } from "@/lib/log-levels";
import { linkClass } from "./links";
import { StateBadge } from "./ui/badge";
import { Card } from "./ui/card";
import { FilterSelect } from "./ui/field";
import { LoadMore, type Pages } from "./ui/load-more";
import { type Query, QueryView } from "./ui/query-view";
import { SearchBox } from "./ui/search-box";
import { Empty } from "./ui/states";

type Line = {
  id: number;
  timestamp: string;
  log_level: string;
  message: string;
  /** Which program said it, where several do. */
  source?: string;
  bot_id?: number | null;
};

export type LogFilter = { level?: LogLevel; q?: string };

type Props = {
  /** An infinite query of log lines, newest first. */
  logs: Query<{ pages: { items: Line[] }[] }> & Pages;
  filter: LogFilter;
  onFilter: (change: LogFilter) => void;
  botName?: (id: number) => string;
};

/** A log with its search and its choice of levels: that of a bot, or that of the platform. */
export function LogViewer({ logs, filter, onFilter, botName }: Props) {
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <SearchBox
          label={t`Search the log`}
          value={filter.q ?? ""}
          onChange={(q) => onFilter({ q })}
        />
        <FilterSelect
          label={t`Level`}
          value={filter.level ?? ""}
          any={t`all`}
          options={LOG_LEVELS}
          onChange={(level) => onFilter({ level: level || undefined })}
        />
      </div>
      <Card flush>
        <QueryView query={logs} what={t`log`}>
          {({ pages }) => <LogRows lines={pages.flatMap((page) => page.items)} botName={botName} />}
        </QueryView>
        <LoadMore query={logs} />
      </Card>
    </>
  );
}

type RowsProps = { lines: Line[]; botName: Props["botName"] };

function LogRows({ lines, botName }: RowsProps) {
  if (lines.length === 0) return <Empty title={t`Nothing was logged that fits`} />;
  return (
    <ol>
      {lines.map((line) => (
        <li
          key={line.id}
          className="flex flex-col gap-1 border-b border-line/60 px-4 py-2 text-sm last:border-0 sm:flex-row sm:gap-4"
        >
          <time className="shrink-0 text-muted tabular-nums" dateTime={line.timestamp}>
            {toTheSecond(line.timestamp)}
          </time>
          <span className="w-20 shrink-0">
            <StateBadge state={line.log_level} />
          </span>
          {line.source && <span className="w-24 shrink-0 text-muted">{line.source}</span>}
          {botName && line.bot_id != null && (
            <Link
              to="/bots/$botId"
              params={{ botId: String(line.bot_id) }}
              search={{ tab: "logs" }}
              className={`shrink-0 ${linkClass}`}
            >
              {botName(line.bot_id)}
            </Link>
          )}
          <span className="min-w-0 break-words">{line.message}</span>
        </li>
      ))}
    </ol>
  );
}
