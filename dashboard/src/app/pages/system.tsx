import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { RangePicker } from "@/components/range-picker";
import { SavedViews } from "@/components/saved-views";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { tabClass, tabsClass } from "@/components/ui/tabs";
import { LogFilters } from "@/features/logs/components/log-filters";
import { Logs } from "@/features/logs/components/logs";
import { systemStatusOptions } from "@/features/system/api/get-status";
import { AuditLog } from "@/features/system/components/audit-log";
import { BotRate } from "@/features/system/components/bot-rate";
import { Breakdown } from "@/features/system/components/breakdown";
import { ErrorDetails } from "@/features/system/components/error-details";
import { ErrorList } from "@/features/system/components/error-list";
import { Performance } from "@/features/system/components/performance";
import { PlatformSettings } from "@/features/system/components/platform-settings";
import { SystemOverview } from "@/features/system/components/system-overview";
import { words } from "@/lib/words";
import { useBotName } from "../bot-names";
import { SYSTEM_TABS } from "../search";

const route = getRouteApi("/app/system");

export function SystemPage() {
  const { tab } = route.useSearch();
  return (
    <Page title={t`System`} actions={tab === "logs" && <SavedViews page="logs" />}>
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

type Search = ReturnType<typeof route.useSearch>;
type Tabs = Record<(typeof SYSTEM_TABS)[number], () => ReactNode>;

function Tab() {
  const {
    tab = "status",
    q,
    actor,
    object,
    days,
    state,
    program,
    error,
    ...range
  } = route.useSearch();
  const { hours, from, to } = range;
  const span = { hours, from, to };
  const navigate = route.useNavigate();
  const botName = useBotName();
  const set = (change: Search) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const tabs: Tabs = {
    status: () => <Status />,
    performance: () => (
      <>
        <RangePicker range={span} onRange={set} />
        <Performance range={span} />
        <BotRate
          range={span}
          botId={range.bot_id}
          onBot={(bot_id) => set({ bot_id })}
          botName={botName}
        />
        <Breakdown range={span} botName={botName} />
      </>
    ),
    errors: () =>
      error ? (
        <ErrorDetails id={error} botName={botName} />
      ) : (
        <ErrorList filter={{ program, q, days }} state={state} onFilter={set} />
      ),
    logs: () => <LogsTab />,
    settings: () => <PlatformSettings />,
    audit: () => <AuditLog filter={{ actor, object, days }} onFilter={set} />,
  };
  return tabs[tab]();
}

function LogsTab() {
  const { hours, from, to, level, source, bot_id, broadcast_id, request_id, q, ...rest } =
    route.useSearch();
  const navigate = route.useNavigate();
  const botName = useBotName();
  const filter = { hours, from, to, level, source, bot_id, broadcast_id, request_id, q };
  // What somebody chooses is a step that the browser's “back” takes back.
  const set = (change: Search) => void navigate({ search: (old) => ({ ...old, ...change }) });
  const filters = <LogFilters filter={filter} onFilter={set} botName={botName} />;
  return (
    <Logs
      {...{ filter, filters, botName }}
      onFilter={set}
      view={rest.view}
      line={rest.line}
      live={rest.live ?? false}
      onLive={(live) => set({ live: live || undefined })}
    />
  );
}

function Status() {
  const status = useQuery(systemStatusOptions);
  return (
    <QueryView query={status} what={t`system status`} rows={8}>
      {(data) => <SystemOverview status={data} />}
    </QueryView>
  );
}
