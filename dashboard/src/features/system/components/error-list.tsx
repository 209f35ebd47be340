import { plural, t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SinceFilter } from "@/components/since-filter";
import { SparkBars } from "@/components/spark-bars";
import { StateBadge } from "@/components/ui/badge";
import { Chips } from "@/components/ui/chips";
import { FilterSelect } from "@/components/ui/field";
import { SearchBox } from "@/components/ui/search-box";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { ago, count, when } from "@/lib/format";
import { words } from "@/lib/words";
import {
  ERROR_PROGRAMS,
  ERROR_STATES,
  type ErrorFilter,
  type ErrorGroup,
  type ErrorState,
  errorsOptions,
} from "../api/errors";
import { readKind } from "../error-kind";

const COLUMNS: Column<ErrorGroup>[] = [
  { head: t`What`, cell: (group) => <What group={group} /> },
  {
    head: t`Last 24 hours`,
    cell: (group) => <SparkBars values={group.hours} label={t`By hour`} />,
    wide: true,
  },
  { head: t`Count`, cell: (group) => count(group.count), number: true, wide: true },
  {
    head: t`Last seen`,
    cell: (group) => (
      <span className="whitespace-nowrap" title={t`First seen ${when(group.first_seen)}`}>
        {ago(group.last_seen)}
      </span>
    ),
    wide: true,
  },
  { head: t`State`, cell: (group) => <StateBadge state={stateOf(group)} />, wide: true },
];

/** `open`, `known`, `resolved`, or `came_again` of what was resolved. */
export function stateOf(group: ErrorGroup): string {
  return group.came_again ? "came_again" : group.state;
}

type Props = {
  filter: ErrorFilter;
  /** The state that is chosen: `all`, or `open` where there is none. */
  state: ErrorState | "all" | undefined;
  onFilter: (change: Omit<ErrorFilter, "state"> & { state?: ErrorState | "all" }) => void;
};

/** What fails, by kind: of the API, the workers, backups, and the dashboard in browsers. */
export function ErrorList({ filter, state = "open", onFilter }: Props) {
  const wanted = { ...filter, state: state === "all" ? undefined : state };
  const errors = useInfiniteQuery(errorsOptions(wanted));
  const totals = errors.data?.pages[0]?.totals;
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <Chips
          label={t`State`}
          value={state}
          options={[
            ...ERROR_STATES.map((value) => ({ value, name: NAMES[value], many: totals?.[value] })),
            { value: "all" as const, name: t`All` },
          ]}
          onChange={(value) => onFilter({ state: value === "open" ? undefined : value })}
        />
        <SearchBox
          label={t`Search the errors`}
          value={filter.q ?? ""}
          onChange={(q) => onFilter({ q: q || undefined })}
        />
        <FilterSelect
          label={t`Program`}
          value={filter.program ?? ""}
          any={t`all`}
          options={ERROR_PROGRAMS}
          onChange={(program) => onFilter({ program: program || undefined })}
        />
        <SinceFilter label={t`Seen`} days={filter.days} onChange={(days) => onFilter({ days })} />
      </div>
      <ListCard
        caption={t`Errors by kind`}
        columns={COLUMNS}
        query={errors}
        rowKey={(group) => group.id}
        empty={<Nothing filter={filter} state={state} />}
      />
    </>
  );
}

const NAMES: Record<ErrorState, string> = {
  open: t({ message: "Open", context: "state" }),
  known: t`Known`,
  resolved: t`Resolved`,
};

function Nothing({ filter, state }: { filter: ErrorFilter; state: ErrorState | "all" }) {
  if (filter.q || filter.program || filter.days)
    return <Empty title={t`No error fits`}>{t`Choose another filter to see more.`}</Empty>;
  if (state === "open")
    return <Empty title={t`Nothing fails`}>{t`No kind of error is open.`}</Empty>;
  return <Empty title={t`No such errors`}>{t`Errors of all programs show here, by kind.`}</Empty>;
}

function What({ group }: { group: ErrorGroup }) {
  const { name, place } = readKind(group.kind);
  return (
    <div className="max-w-xl min-w-0">
      <Link
        from="/system"
        to="/system"
        search={(old) => ({ ...old, tab: "errors", error: group.id })}
        className="font-medium break-words hover:text-accent hover:underline"
      >
        {name}
      </Link>
      <span className="ml-2 text-muted">{words(group.program)}</span>
      {place && <p className="text-xs break-words text-muted">{place}</p>}
      {group.message !== name && <p className="line-clamp-2 break-words">{group.message}</p>}
      <p className="mt-1 flex flex-wrap items-center gap-2 text-muted sm:hidden">
        <StateBadge state={stateOf(group)} />
        {plural(group.count, { one: "# time", other: "# times" })}, {ago(group.last_seen)}
      </p>
    </div>
  );
}
