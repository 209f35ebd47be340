import { plural, t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { rowsOf } from "@/api/pages";
import { broadcastsOptions } from "@/features/broadcast/api/list-broadcasts";
import { percent } from "@/lib/format";

/** How many broadcasts run and how far they are together, on every page; nothing where none does. */
export function RunningPill() {
  const { data } = useInfiniteQuery(broadcastsOptions({ status: "broadcasting" }));
  const rows = rowsOf(data) ?? [];
  if (rows.length === 0) return null;
  const audience = rows.reduce((sum, row) => sum + row.audience, 0);
  const left = rows.reduce((sum, row) => sum + row.pending, 0);
  const done = audience ? percent(Math.floor((100 * (audience - left)) / audience) / 100) : null;
  const many = plural(rows.length, { one: "# broadcast running", other: "# broadcasts running" });
  return (
    <Link
      to="/broadcasts"
      search={{ status: "broadcasting" }}
      className="inline-flex items-center gap-1.5 rounded-lg bg-accent-soft px-2.5 py-1 text-xs font-medium text-accent hover:underline"
    >
      <span aria-hidden className="size-2 shrink-0 animate-pulse rounded-full bg-accent" />
      {done ? t`${many} · ${done}` : many}
    </Link>
  );
}
