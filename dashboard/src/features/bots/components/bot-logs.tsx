import { useInfiniteQuery } from "@tanstack/react-query";
import { type LogFilter, LogViewer } from "@/components/logs/log-viewer";
import { botLogsOptions } from "../api/list-logs";

type Props = { botId: number; filter: LogFilter; onFilter: (change: LogFilter) => void };

export function BotLogs({ botId, filter, onFilter }: Props) {
  const logs = useInfiniteQuery(botLogsOptions(botId, filter));
  return <LogViewer logs={logs} filter={filter} onFilter={onFilter} />;
}
