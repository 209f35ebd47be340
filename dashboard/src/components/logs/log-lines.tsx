/** Lines of a log below each other, as many as one likes: only those near what is seen are there. */
import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef, useState } from "react";
import { StateBadge } from "@/components/ui/badge";
import { Empty } from "@/components/ui/states";
import { exactTime, toTheSecond } from "@/lib/format";
import { words } from "@/lib/words";
import { linkClass } from "../links";
import { ContextFields } from "./context-fields";

export type Line = {
  id: number;
  timestamp: string;
  log_level: string;
  message: string;
  context: Record<string, unknown>;
  /** Which program said it, where several do. */
  source?: string;
  bot_id?: number | null;
  broadcast_id?: number | null;
  ad_id?: number | null;
};

type Around<L extends Line> = {
  botName?: (id: number) => string;
  /** What can be done with a line, below its fields. */
  actions?: (line: L) => ReactNode;
  /** The line that somebody looks at. */
  marked?: number;
};

type Props<L extends Line> = Around<L> & { lines: readonly L[] };

const ROW_PX = 37;
const BEYOND = 20;

export function LogLines<L extends Line>({ lines, ...around }: Props<L>) {
  const list = useRef<HTMLOListElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (id: number) =>
    setOpen((old) => new Set(old.has(id) ? [...old].filter((one) => one !== id) : [...old, id]));
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => ROW_PX,
    overscan: BEYOND,
    scrollMargin: list.current ? list.current.getBoundingClientRect().top + window.scrollY : 0,
    getItemKey: (index) => (lines[index] as L).id,
  });
  if (lines.length === 0) return <Empty title={t`Nothing was logged that fits`} />;
  const margin = virtual.options.scrollMargin;
  return (
    <ol ref={list} className="relative" style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map(({ index, start }) => {
        const line = lines[index] as L;
        return (
          <li
            key={line.id}
            ref={virtual.measureElement}
            data-index={index}
            aria-setsize={lines.length}
            aria-posinset={index + 1}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${start - margin}px)` }}
          >
            <LogLine {...around} line={line} open={open.has(line.id)} onToggle={toggle} />
          </li>
        );
      })}
    </ol>
  );
}

/** A few lines, all of them there. */
export function FewLogLines<L extends Line>({ lines, ...around }: Props<L>) {
  const [open, setOpen] = useState(around.marked);
  return (
    <ol>
      {lines.map((line) => (
        <li key={line.id}>
          <LogLine
            {...around}
            line={line}
            open={open === line.id}
            onToggle={(id) => setOpen(open === id ? undefined : id)}
          />
        </li>
      ))}
    </ol>
  );
}

type LineProps<L extends Line> = Around<L> & {
  line: L;
  open: boolean;
  onToggle: (id: number) => void;
};

function LogLine<L extends Line>({ line, open, onToggle, marked, ...around }: LineProps<L>) {
  const mark = line.id === marked;
  return (
    <div
      aria-current={mark || undefined}
      className={`border-b border-line/60 text-sm ${mark ? "bg-accent-soft" : ""}`}
    >
      <div className="flex flex-col gap-x-4 gap-y-1 px-4 py-1.5 sm:flex-row sm:items-baseline">
        <span className="flex shrink-0 items-baseline gap-3">
          <time
            className="text-muted tabular-nums sm:w-44"
            dateTime={line.timestamp}
            title={toTheSecond(line.timestamp)}
          >
            {exactTime(line.timestamp)}
          </time>
          <span className="sm:w-20">
            <StateBadge state={line.log_level} />
          </span>
          {line.source && <span className="text-muted sm:w-16">{words(line.source)}</span>}
        </span>
        <button
          type="button"
          translate="no"
          aria-expanded={open}
          onClick={() => onToggle(line.id)}
          className={`min-w-0 flex-1 cursor-pointer text-left break-words hover:text-accent ${open ? "" : "line-clamp-2"}`}
        >
          {line.message}
        </button>
        <About line={line} botName={around.botName} />
      </div>
      {open && <Details line={line} actions={around.actions} />}
    </div>
  );
}

function About<L extends Line>({ line, botName }: { line: L } & Pick<Around<L>, "botName">) {
  const { bot_id, broadcast_id, ad_id } = line;
  if (!((botName && bot_id != null) || (broadcast_id != null && ad_id != null))) return null;
  return (
    <span className="flex shrink-0 flex-wrap gap-3">
      {botName && bot_id != null && (
        <Link
          to="/bots/$botId"
          params={{ botId: String(bot_id) }}
          search={{ tab: "logs" }}
          className={linkClass}
        >
          {botName(bot_id)}
        </Link>
      )}
      {broadcast_id != null && ad_id != null && (
        <Link
          to="/ads/$adId/broadcast"
          params={{ adId: String(ad_id) }}
          search={{ broadcast_id }}
          className={linkClass}
        >
          {t`Broadcast ${broadcast_id}`}
        </Link>
      )}
    </span>
  );
}

function Details<L extends Line>({ line, actions }: { line: L } & Pick<Around<L>, "actions">) {
  const fields = Object.entries(line.context);
  return (
    <div className="flex flex-col gap-3 bg-raised/40 px-4 py-3">
      {fields.length > 0 ? (
        <ContextFields fields={fields} />
      ) : (
        <p className="text-xs text-muted">{t`The line has no further fields.`}</p>
      )}
      {actions && <div className="flex flex-wrap gap-2">{actions(line)}</div>}
    </div>
  );
}
