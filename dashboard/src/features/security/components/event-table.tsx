import { type Column, Table } from "@/components/ui/table";
import { when } from "@/lib/format";
import type { SecurityEvent } from "../api/list-events";
import { KIND_HEADINGS, meaningOf, placeOf } from "../meanings";

const COLUMNS: Column<SecurityEvent>[] = [
  { head: "What", cell: (event) => <What event={event} /> },
  { head: "By", cell: (event) => event.actor ?? "–", wide: true },
  {
    head: "From",
    cell: (event) => <span className="break-all">{placeOf(event)}</span>,
    wide: true,
  },
  { head: "When", cell: (event) => when(event.at) },
];

/** What may tell that an account is in other hands, each with what to do about it. */
export function EventTable({ events }: { events: SecurityEvent[] }) {
  return (
    <Table caption="Security events" columns={COLUMNS} rows={events} rowKey={(event) => event.id} />
  );
}

function What({ event }: { event: SecurityEvent }) {
  const { said, next } = meaningOf(event);
  return (
    <div className="max-w-prose min-w-0 break-words">
      <p>
        <span className="font-medium">{KIND_HEADINGS[event.kind]}</span>: {said}
      </p>
      {next && <p className="text-muted">{next}</p>}
      <p className="text-muted sm:hidden">
        {event.actor ?? "–"}, {placeOf(event)}
      </p>
    </div>
  );
}
