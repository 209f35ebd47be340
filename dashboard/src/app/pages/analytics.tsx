import { t } from "@lingui/core/macro";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Page } from "@/components/ui/page";
import { tabClass, tabsClass } from "@/components/ui/tabs";
import { AdsAnalytics } from "@/features/analytics/components/ads-analytics";
import { People } from "@/features/analytics/components/people";
import { ExportForm } from "@/features/exports/components/export-form";
import { ExportTable } from "@/features/exports/components/export-table";
import { useMay } from "@/lib/may";
import { words } from "@/lib/words";
import { useBotName } from "../bot-names";

const route = getRouteApi("/app/analytics");

export function AnalyticsPage() {
  const { tab, days = "30", ad, other } = route.useSearch();
  const navigate = route.useNavigate();
  const exporter = useMay("exports");
  const set = (change: object) =>
    void navigate({
      search: (old) => ({ ...old, ...change }),
      replace: true,
      resetScroll: false,
    });
  return (
    <Page title={t`Analytics`}>
      {exporter && <Tabs />}
      {tab === "exports" && exporter ? (
        <Exports />
      ) : tab === "people" && exporter ? (
        <People days={days} onDays={(chosen) => set({ days: chosen })} />
      ) : (
        <AdsAnalytics
          days={days}
          onDays={(chosen) => set({ days: chosen })}
          chosen={[ad, other].filter((id) => id !== undefined)}
          onChosen={([one, two]) => set({ ad: one, other: two })}
        />
      )}
    </Page>
  );
}

function Tabs() {
  return (
    <nav aria-label={t`Analytics`} className={tabsClass}>
      {(["ads", "people", "exports"] as const).map((tab) => (
        <Link
          key={tab}
          to="/analytics"
          search={{ tab: tab === "ads" ? undefined : tab }}
          activeOptions={{ explicitUndefined: true }}
          className={tabClass}
        >
          {words(tab)}
        </Link>
      ))}
    </nav>
  );
}

function Exports() {
  return (
    <>
      <ExportForm />
      <ExportTable botName={useBotName()} />
    </>
  );
}
