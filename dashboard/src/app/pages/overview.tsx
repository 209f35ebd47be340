import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { FilterSelect } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { dashboardOptions } from "@/features/overview/api/get-dashboard";
import { Overview } from "@/features/overview/components/overview";
import { DAYS } from "../search";
import { DAY_NAMES } from "../span-names";

const route = getRouteApi("/app/");

export function OverviewPage() {
  const { days = "1" } = route.useSearch();
  const navigate = route.useNavigate();
  const dashboard = useQuery(dashboardOptions(Number(days)));
  const choose = (choice: keyof typeof DAY_NAMES | "") =>
    void navigate({ search: { days: choice === "1" || !choice ? undefined : choice } });
  return (
    <Page
      title="Overview"
      actions={
        <FilterSelect
          label="Span"
          value={days}
          options={DAYS}
          name={(option) => DAY_NAMES[option]}
          onChange={choose}
        />
      }
    >
      <QueryView query={dashboard} what="overview" rows={8}>
        {(data) => <Overview dashboard={data} days={Number(days)} />}
      </QueryView>
    </Page>
  );
}
