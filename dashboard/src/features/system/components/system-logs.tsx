import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type LogFilter, LogViewer } from "@/components/log-viewer";
import { Button } from "@/components/ui/button";
import { toTheSecond } from "@/lib/format";
import { type SystemLogFilter, systemLogsOptions } from "../api/list-logs";

type Props = {
  filter: SystemLogFilter;
  onFilter: (change: LogFilter & { at?: undefined }) => void;
  botName: (id: number) => string;
};

export function SystemLogs({ filter, onFilter, botName }: Props) {
  const logs = useInfiniteQuery(systemLogsOptions(filter));
  return (
    <>
      {filter.at && (
        <p className="flex flex-wrap items-center gap-3 text-sm">
          {t`Lines of the minute around ${toTheSecond(filter.at)}`}
          <Button onClick={() => onFilter({ at: undefined })}>{t`Show all`}</Button>
        </p>
      )}
      <LogViewer logs={logs} filter={filter} onFilter={onFilter} botName={botName} />
    </>
  );
}
