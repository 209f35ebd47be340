import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { SinceFilter } from "@/components/since-filter";
import { FilterSelect } from "@/components/ui/field";
import { SearchBox } from "@/components/ui/search-box";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { toTheSecond } from "@/lib/format";
import { words } from "@/lib/words";
import { AUDIT_KINDS, type AuditFilter, auditOptions } from "../api/list-audit";

type Entry = Answer<"/api/audit">["items"][number];

const COLUMNS: Column<Entry>[] = [
  { head: t`When`, cell: (entry) => toTheSecond(entry.at) },
  { head: t`Actor`, cell: (entry) => entry.actor ?? "–" },
  { head: t`Did`, cell: (entry) => <Did entry={entry} /> },
  {
    head: t({ message: "To", context: "object of an action" }),
    cell: ({ object_type, object_id }) =>
      [object_type && words(object_type), object_id].filter(Boolean).join(" "),
  },
  {
    head: t({ message: "From", context: "address" }),
    cell: (entry) => entry.ip ?? "–",
    wide: true,
  },
];

type Props = { filter: AuditFilter; onFilter: (change: AuditFilter) => void };

export function AuditLog({ filter, onFilter }: Props) {
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <SearchBox
          label={t`Username of the actor`}
          value={filter.actor ?? ""}
          onChange={(actor) => onFilter({ actor: actor || undefined })}
        />
        <FilterSelect
          label={t({ message: "To", context: "object of an action" })}
          value={filter.object ?? ""}
          any={t`everything`}
          options={AUDIT_KINDS}
          onChange={(object) => onFilter({ object: object || undefined })}
        />
        <SinceFilter days={filter.days} onChange={(days) => onFilter({ days })} />
      </div>
      <ListCard
        caption={t`Audit log`}
        columns={COLUMNS}
        query={useInfiniteQuery(auditOptions(filter))}
        rowKey={(entry) => entry.id}
        empty={<Empty title={t`Nothing was changed that fits`} />}
      />
    </>
  );
}

/** The action, and its details for whoever wants to know. */
function Did({ entry }: { entry: Entry }) {
  const details = Object.entries(entry.details);
  if (details.length === 0) return <code>{entry.action}</code>;
  return (
    <details className="max-w-md">
      <summary className="cursor-pointer">
        <code>{entry.action}</code>
      </summary>
      <dl className="mt-1 text-xs text-muted">
        {details.map(([name, value]) => (
          <div key={name} className="break-all">
            <dt className="inline">{name}: </dt>
            <dd className="inline">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
