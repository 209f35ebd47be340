import { useInfiniteQuery } from "@tanstack/react-query";
import { type LogFilter, LogViewer } from "@/components/log-viewer";
import { type SystemLogFilter, systemLogsOptions } from "../api/list-logs";

type Props = {
  filter: SystemLogFilter;
  onFilter: (change: LogFilter) => void;
  botName: (id: number) => string;
};

export function SystemLogs({ filter, onFilter, botName }: Props) {
  const logs = useInfiniteQuery(systemLogsOptions(filter));
  return <LogViewer logs={logs} filter={filter} onFilter={onFilter} botName={botName} />;
}
