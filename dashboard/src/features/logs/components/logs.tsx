import { t } from "@lingui/core/macro";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Copy, Download, ListTree, Radio } from "lucide-react";
import type { ReactNode } from "react";
import { rowsOf } from "@/api/pages";
import { LogLines } from "@/components/logs/log-lines";
import { Button, buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Chips } from "@/components/ui/chips";
import { LoadMore } from "@/components/ui/load-more";
import { QueryView } from "@/components/ui/query-view";
import { say } from "@/components/ui/toast";
import { isOpen } from "@/lib/range";
import {
  exportAddress,
  type Group,
  histogramOptions,
  type LogFilter,
  linesOptions,
  type SystemLine,
  useTail,
} from "../api/logs";
import { LinesAround } from "./around";
import { LogGroups } from "./groups";
import { Histogram } from "./histogram";

type LogView = "groups";

type Props = {
  filter: LogFilter;
  onFilter: (change: Partial<LogFilter> & { view?: LogView; line?: number }) => void;
  /** The filters above the log. */
  filters: ReactNode;
  botName: (id: number) => string;
  view: LogView | undefined;
  /** The line that is looked at with those around it. */
  line: number | undefined;
  live: boolean;
  onLive: (live: boolean) => void;
};

/** What every program of the platform logged: over time, line by line, and equal ones together. */
export function Logs(props: Props) {
  const { filter, onFilter, filters, botName, view, line } = props;
  const histogram = useQuery(histogramOptions(filter));
  const actions = (one: SystemLine) => <Actions line={one} onFilter={onFilter} />;
  const close = () => onFilter({ line: undefined });
  return (
    <>
      {filters}
      <Card>
        <QueryView query={histogram} what={t`lines over time`} rows={3}>
          {(bars) => <Histogram bars={bars} onSpan={(from, to) => onFilter({ from, to })} />}
        </QueryView>
      </Card>
      {line && <LinesAround key={line} id={line} {...{ botName, actions }} onClose={close} />}
      <Bar {...props} />
      {view === "groups" ? (
        <LogGroups filter={filter} onGroup={(group) => onFilter(linesOf(group))} />
      ) : (
        <Lines {...props} actions={actions} />
      )}
    </>
  );
}

/** The API searches for so many characters at most. */
const LONGEST_SEARCH = 200;

function linesOf({ message, log_level, source }: Group) {
  const q = message.slice(0, LONGEST_SEARCH);
  return { view: undefined, q, level: log_level, source };
}

function Bar({ filter, onFilter, view, live, onLive }: Props) {
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Chips
        label={t`Show`}
        value={view}
        options={[
          { value: undefined, name: t`Line by line` },
          { value: "groups", name: t`Equal messages together` },
        ]}
        onChange={(choice) => onFilter({ view: choice })}
      />
      {view !== "groups" && isOpen(filter) && (
        <Button
          aria-pressed={live}
          icon={<Radio className={live ? "text-sent" : ""} />}
          onClick={() => onLive(!live)}
        >
          {live ? t`Live: new lines appear` : t`Live`}
        </Button>
      )}
      <span className="ml-auto flex items-center gap-2 text-sm text-muted">
        <Download aria-hidden className="size-4" />
        {(["csv", "json"] as const).map((format) => (
          <a
            key={format}
            download
            href={exportAddress(filter, format)}
            aria-label={t`Export these lines as ${format.toUpperCase()}`}
            className="rounded underline-offset-2 hover:text-ink hover:underline"
          >
            {format.toUpperCase()}
          </a>
        ))}
      </span>
    </div>
  );
}

type LinesProps = Props & { actions: (line: SystemLine) => ReactNode };

function Lines({ filter, live, botName, actions, line }: LinesProps) {
  const query = useInfiniteQuery(linesOptions(filter));
  const read = rowsOf(query.data);
  const newest = read && !query.isPlaceholderData ? (read[0]?.id ?? 0) : undefined;
  const came = useTail(filter, newest, live && isOpen(filter));
  return (
    <Card flush>
      <QueryView query={query} what={t`log`}>
        {(data) => (
          <LogLines lines={together(came, rowsOf(data))} {...{ botName, actions }} marked={line} />
        )}
      </QueryView>
      <LoadMore query={query} />
    </Card>
  );
}

function together(came: SystemLine[], read: SystemLine[]): SystemLine[] {
  if (came.length === 0) return read;
  const ids = new Set(came.map(({ id }) => id));
  return [...came, ...read.filter(({ id }) => !ids.has(id))];
}

function Actions({ line, onFilter }: { line: SystemLine; onFilter: Props["onFilter"] }) {
  const { request_id } = line.context;
  return (
    <>
      <Link
        from="/system"
        to="/system"
        search={(old) => ({ ...old, tab: "logs", line: line.id })}
        className={buttonClass()}
      >
        <ListTree aria-hidden />
        {t`Lines around it`}
      </Link>
      {typeof request_id === "string" && (
        <Button onClick={() => onFilter({ request_id })}>{t`Only this request`}</Button>
      )}
      {line.broadcast_id != null && (
        <Button onClick={() => onFilter({ broadcast_id: line.broadcast_id ?? undefined })}>
          {t`Only this broadcast`}
        </Button>
      )}
      <Button icon={<Copy />} onClick={() => void copyLink(line.id)}>{t`Copy link`}</Button>
    </>
  );
}

async function copyLink(id: number): Promise<void> {
  await navigator.clipboard.writeText(`${location.origin}/system?tab=logs&line=${id}`);
  say(t`The link to this line is copied`);
}
