import { t } from "@lingui/core/macro";
import { getRouteApi } from "@tanstack/react-router";
import { MonitorSmartphone } from "lucide-react";
import { useState } from "react";
import { SinceFilter } from "@/components/since-filter";
import { Button } from "@/components/ui/button";
import { FilterSelect } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { SearchBox } from "@/components/ui/search-box";
import { SessionsDialog } from "@/features/auth/components/sessions-dialog";
import { EVENT_KINDS, type EventFilter, eventsOptions } from "@/features/security/api/list-events";
import { EventList } from "@/features/security/components/event-table";
import { KIND_NAMES } from "@/features/security/meanings";
import { useMay } from "@/lib/may";
import { zoneName } from "@/lib/zone";

const route = getRouteApi("/app/security");

/** What may tell that an account is in other hands: one's own, or all for who may read the audit log. */
export function SecurityPage() {
  const filter = route.useSearch();
  const everybody = useMay("audit.read");
  return (
    <Page
      title={t`Security`}
      note={
        everybody
          ? t`Events of all accounts. Times of ${zoneName()}`
          : t`Events of your account. Times of ${zoneName()}`
      }
      actions={<Sessions />}
    >
      <Filters filter={filter} everybody={everybody} />
      <EventList options={eventsOptions(filter)} />
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
          label={t`Username`}
          value={filter.person ?? ""}
          onChange={(person) => set({ person: person || undefined })}
        />
      )}
      <FilterSelect
        label={t`Kind`}
        value={filter.kind ?? ""}
        any={t`all`}
        options={EVENT_KINDS}
        name={(kind) => KIND_NAMES[kind]}
        onChange={(kind) => set({ kind: kind || undefined })}
      />
      <SinceFilter days={filter.days} onChange={(days) => set({ days })} />
    </div>
  );
}

function Sessions() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        icon={<MonitorSmartphone />}
        onClick={() => setOpen(true)}
      >{t`Where you are signed in`}</Button>
      <SessionsDialog open={open} onOpenChange={setOpen} />
    </>
  );
}
