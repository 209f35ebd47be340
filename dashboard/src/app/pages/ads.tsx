import { t } from "@lingui/core/macro";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ListChecks, Plus } from "lucide-react";
import { QuotaWarning } from "@/components/quotas/quota-warning";
import { SavedViews } from "@/components/saved-views";
import { buttonClass } from "@/components/ui/button";
import { FilterSelect } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { SearchBox } from "@/components/ui/search-box";
import { Empty } from "@/components/ui/states";
import { AD_SORTS, AD_STATES, type AdFilter, adsOptions } from "@/features/ads/api/list-ads";
import { AdList } from "@/features/ads/components/ad-table";
import { May, useUser } from "@/lib/may";
import { words } from "@/lib/words";

const route = getRouteApi("/app/ads");

export function AdsPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: AdFilter) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <Page
      title={t`Ads`}
      actions={
        <>
          <SavedViews page="ads" />
          <ToReviews />
          <May to="ads.edit">
            <Link to="/ads/new" className={buttonClass("primary")}>
              <Plus aria-hidden />
              {t`New ad`}
            </Link>
          </May>
        </>
      }
    >
      <QuotaWarning kinds={["ads_per_day", "upload_bytes", "schedules"]} />
      <div className="flex flex-wrap gap-3">
        <SearchBox
          label={t`Search ads`}
          value={filter.q ?? ""}
          onChange={(q) => set({ q: q || undefined })}
        />
        <FilterSelect
          label={t`Status`}
          value={filter.status ?? ""}
          any={t`all`}
          options={AD_STATES}
          name={words}
          onChange={(status) => set({ status: status || undefined })}
        />
        <div className="sm:ml-auto">
          <FilterSelect
            label={t`Order`}
            value={filter.sort ?? "newest"}
            options={AD_SORTS}
            name={(sort) => SORT_NAMES[sort]}
            onChange={(sort) => set({ sort: sort === "newest" || !sort ? undefined : sort })}
          />
        </div>
      </div>
      <AdList
        options={adsOptions(filter)}
        empty={
          filter.q || filter.status ? (
            <Empty title={t`No ad fits`}>{t`Search for something else, or in every status.`}</Empty>
          ) : (
            <Empty title={t`No ads yet`}>{t`Write the first one with “New ad”.`}</Empty>
          )
        }
      />
    </Page>
  );
}

function ToReviews() {
  const { role, may_review } = useUser();
  if (role !== "admin" && !may_review) return null;
  return (
    <Link to="/ads/reviews" className={buttonClass()}>
      <ListChecks aria-hidden />
      {t`Review queue`}
    </Link>
  );
}

const SORT_NAMES: Record<(typeof AD_SORTS)[number], string> = {
  newest: t`newest first`,
  last_broadcast: t`last broadcast first`,
  sent: t`most sent first`,
  clicks: t`most clicked first`,
  ctr: t`highest click rate first`,
};
