import { when } from "@/lib/format";
import { StateBadge } from "./ui/badge";
import { Empty } from "./ui/states";

type Line = {
  id: number;
  timestamp: string;
  log_level: string;
  message: string;
  /** Which program said it, where several do. */
  source?: string;
};

export function LogRows({ lines }: { lines: Line[] }) {
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
          {line.source && <span className="w-24 shrink-0 text-muted">{line.source}</span>}
          <span className="min-w-0 break-words">{line.message}</span>
        </li>
      ))}
    </ol>
  );
}
