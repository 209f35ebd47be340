import { plural, t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { CircleCheck, CirclePause, CircleX, Clock, Send, TriangleAlert } from "lucide-react";
import { clock, count } from "@/lib/format";
import { words } from "@/lib/words";
import { type BroadcastRow, goesOut } from "../api/list-broadcasts";

/** A state is told by shape and colour, and to screen readers by its word. */
const SIGNS = {
  scheduled: [Clock, "text-accent"],
  broadcasting: [Send, "text-accent"],
  paused: [CirclePause, "text-blocked"],
  completed: [CircleCheck, "text-sent"],
  cancelled: [CircleX, "text-muted"],
  failed: [TriangleAlert, "text-failed"],
} as const;

/** One broadcast in a day: when, in which state, of which ad; `whole` says more of it. */
export function CalendarEntry({ row, whole }: { row: BroadcastRow; whole: boolean }) {
  const [Sign, color] = SIGNS[row.status];
  const title = row.ad_title ?? t`Ad ${row.ad_id}`;
  return (
    <li>
      <Link
        to="/ads/$adId/broadcast"
        params={{ adId: String(row.ad_id) }}
        search={{ broadcast_id: row.broadcast_id }}
        title={`${clock(goesOut(row))} ${title}, ${words(row.status)}`}
        className="block rounded bg-raised px-1.5 py-0.5 text-sm hover:bg-accent-soft sm:text-xs sm:leading-5"
      >
        <span className="flex items-center gap-1">
          <Sign aria-hidden className={`size-3.5 shrink-0 ${color}`} />
          <span className="sr-only">{words(row.status)}</span>
          <span className="text-muted tabular-nums">{clock(goesOut(row))}</span>
          {!whole && <span className="min-w-0 truncate">{title}</span>}
        </span>
        {whole && (
          <>
            <span className="block break-words">{title}</span>
            <span className="block text-muted">
              {row.status === "scheduled"
                ? plural(row.audience, { one: "# chat", other: "# chats" })
                : t`${count(row.sent)} of ${count(row.audience)} sent`}
            </span>
          </>
        )}
      </Link>
    </li>
  );
}
