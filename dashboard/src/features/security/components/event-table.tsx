import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { when } from "@/lib/format";
import type { eventsOptions, SecurityEvent } from "../api/list-events";
import { KIND_HEADINGS, meaningOf, placeOf } from "../meanings";

const COLUMNS: Column<SecurityEvent>[] = [
  { head: t`What`, cell: (event) => <What event={event} /> },
  { head: t({ message: "By", context: "actor" }), cell: (event) => event.actor ?? "–", wide: true },
  {
    head: t({ message: "From", context: "address" }),
    cell: (event) => <span className="break-all">{placeOf(event)}</span>,
    wide: true,
  },
  { head: t`When`, cell: (event) => when(event.at) },
];

/** What may tell that an account is in other hands, each with what to do about it. */
export function EventList({ options }: { options: ReturnType<typeof eventsOptions> }) {
  return (
    <ListCard
      caption={t`Security events`}
      columns={COLUMNS}
      query={useInfiniteQuery(options)}
      rowKey={(event) => event.id}
      empty={
        <Empty
          title={t`Nothing to look at`}
        >{t`No failed sign-in, no new device and no change fits.`}</Empty>
      }
    />
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
