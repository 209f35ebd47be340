import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { FilterSelect } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { tabClass, tabsClass } from "@/components/ui/tabs";
import { systemStatusOptions } from "@/features/system/api/get-status";
import { AuditLog } from "@/features/system/components/audit-log";
import { Breakdown } from "@/features/system/components/breakdown";
import { ErrorDetails } from "@/features/system/components/error-details";
import { ErrorList } from "@/features/system/components/error-list";
import { Performance } from "@/features/system/components/performance";
import { SystemLogs } from "@/features/system/components/system-logs";
import { SystemOverview } from "@/features/system/components/system-overview";
import { words } from "@/lib/words";
import { useBotName } from "../bot-names";
import { HOURS, SYSTEM_TABS } from "../search";
import { HOUR_NAMES } from "../span-names";

const route = getRouteApi("/app/system");

export function SystemPage() {
  return (
    <Page title={t`System`}>
      <nav aria-label={t`System`} className={tabsClass}>
        {SYSTEM_TABS.map((tab) => (
          <Link
            key={tab}
            to="/system"
            search={{ tab: tab === "status" ? undefined : tab }}
            activeOptions={{ explicitUndefined: true }}
            className={tabClass}
          >
            {words(tab)}
          </Link>
        ))}
      </nav>
      <Tab />
    </Page>
  );
}

function Tab() {
  const { tab = "status", hours = "1", ...search } = route.useSearch();
  const { level, source, q, at, actor, object, days, state, program, error } = search;
  const navigate = route.useNavigate();
  const botName = useBotName();
  const set = (change: object) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const tabs: Record<(typeof SYSTEM_TABS)[number], () => ReactNode> = {
    status: () => <Status />,
    performance: () => (
      <>
        <div className="self-start">
          <FilterSelect
            label={t`Span`}
            value={hours}
            options={HOURS}
            name={(option) => HOUR_NAMES[option]}
            onChange={(choice) => set({ hours: choice })}
          />
        </div>
        <Performance hours={Number(hours)} />
        <Breakdown hours={Number(hours)} botName={botName} />
      </>
    ),
    errors: () =>
      error ? (
        <ErrorDetails id={error} botName={botName} />
      ) : (
        <ErrorList filter={{ program, q, days }} state={state} onFilter={set} />
      ),
    logs: () => (
      <SystemLogs
        botName={botName}
        filter={{ level, source, q, at }}
        onFilter={(change) => set("q" in change ? { q: change.q || undefined } : change)}
      />
    ),
    audit: () => <AuditLog filter={{ actor, object, days }} onFilter={set} />,
  };
  return tabs[tab]();
}

function Status() {
  const status = useQuery(systemStatusOptions);
  return (
    <QueryView query={status} what={t`system status`} rows={8}>
      {(data) => <SystemOverview status={data} />}
    </QueryView>
  );
}
