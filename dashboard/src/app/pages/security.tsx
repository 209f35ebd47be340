import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { MonitorSmartphone } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { LoadMore } from "@/components/ui/load-more";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { SearchBox } from "@/components/ui/search-box";
import { Empty } from "@/components/ui/states";
import { SessionsDialog } from "@/features/auth/components/sessions-dialog";
import {
  EVENT_DAYS,
  EVENT_KINDS,
  type EventFilter,
  eventsOptions,
} from "@/features/security/api/list-events";
import { EventTable } from "@/features/security/components/event-table";
import { KIND_NAMES } from "@/features/security/meanings";
import { useMay } from "@/lib/may";
import { zoneName } from "@/lib/zone";

const route = getRouteApi("/app/security");

/** What may tell that an account is in other hands: one's own, or all for who may read the audit log. */
export function SecurityPage() {
  const filter = route.useSearch();
  const events = useInfiniteQuery(eventsOptions(filter));
  const everybody = useMay("audit.read");
  return (
    <Page
      title="Security"
      note={`Events of ${everybody ? "all accounts" : "your account"}. Times of ${zoneName()}`}
      actions={<Sessions />}
    >
      <Filters filter={filter} everybody={everybody} />
      <Card flush>
        <QueryView query={events} what="security events">
          {({ pages }) => {
            const rows = pages.flatMap((page) => page.items);
            if (rows.length > 0) return <EventTable events={rows} />;
            return (
              <Empty title="Nothing to look at">
                No failed sign-in, no new device and no change fits.
              </Empty>
            );
          }}
        </QueryView>
        <LoadMore query={events} />
      </Card>
    </Page>
  );
}

function Filters({ filter, everybody }: { filter: EventFilter; everybody: boolean }) {
  const navigate = route.useNavigate();
  const set = (change: EventFilter) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <div className="flex flex-wrap gap-3">
      {everybody && (
        <SearchBox
          label="Username"
          value={filter.person ?? ""}
          onChange={(person) => set({ person: person || undefined })}
        />
      )}
      <FilterSelect
        label="Kind"
        value={filter.kind ?? ""}
        any="all"
        options={EVENT_KINDS}
        name={(kind) => KIND_NAMES[kind]}
        onChange={(kind) => set({ kind: kind || undefined })}
      />
      <FilterSelect
        label="Since"
        value={filter.days ?? ""}
        any="ever"
        options={EVENT_DAYS}
        name={(days) => DAY_NAMES[days]}
        onChange={(days) => set({ days: days || undefined })}
      />
    </div>
  );
}

const DAY_NAMES: Record<(typeof EVENT_DAYS)[number], string> = {
  "1": "last 24 hours",
  "7": "last 7 days",
  "30": "last 30 days",
  "365": "last year",
};

function Sessions() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<MonitorSmartphone />} onClick={() => setOpen(true)}>
        Where you are signed in
      </Button>
      <SessionsDialog open={open} onOpenChange={setOpen} />
    </>
  );
}
