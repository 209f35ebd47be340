import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { StateBadge } from "@/components/ui/badge";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { count, toTheSecond } from "@/lib/format";
import { words } from "@/lib/words";
import { type Group, groupsOptions, type LogFilter } from "../api/logs";

type Props = { filter: LogFilter; onGroup: (group: Group) => void };

/** Equal messages of the span together. */
export function LogGroups({ filter, onGroup }: Props) {
  const groups = useQuery(groupsOptions(filter));
  const columns: Column<Group>[] = [
    { head: t`Lines`, cell: (group) => count(group.count), number: true },
    {
      head: t`Message`,
      cell: (group) => (
        <button
          type="button"
          translate="no"
          onClick={() => onGroup(group)}
          className="line-clamp-3 max-w-2xl cursor-pointer text-left font-medium break-words hover:text-accent hover:underline"
        >
          {group.message}
        </button>
      ),
    },
    { head: t`Level`, cell: (group) => <StateBadge state={group.log_level} /> },
    { head: t`Source`, cell: (group) => words(group.source), wide: true },
    { head: t`First seen`, cell: (group) => toTheSecond(group.first_seen), wide: true },
    { head: t`Last seen`, cell: (group) => toTheSecond(group.last_seen), wide: true },
  ];
  return (
    <QueryView query={groups} what={t`equal messages`}>
      {({ items }) => (
        <TableCard
          caption={t`Equal messages`}
          columns={columns}
          rows={items}
          rowKey={(group) => `${group.log_level} ${group.source} ${group.message}`}
          empty={<Empty title={t`Nothing was logged that fits`} />}
        />
      )}
    </QueryView>
  );
}
