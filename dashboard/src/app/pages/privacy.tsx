import { useInfiniteQuery } from "@tanstack/react-query";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { erasuresOptions } from "@/features/privacy/api/list-erasures";
import { ErasureTable } from "@/features/privacy/components/erasure-table";
import { PersonForm } from "@/features/privacy/components/person-form";

export function PrivacyPage() {
  const erasures = useInfiniteQuery(erasuresOptions);
  return (
    <Page title="Privacy">
      <Card title="Person">
        <PersonForm />
      </Card>
      <Card title="Erasures" flush>
        <QueryView query={erasures} what="erasures">
          {({ pages }) => <ErasureTable erasures={pages.flatMap((page) => page.items)} />}
        </QueryView>
        <LoadMore query={erasures} />
      </Card>
    </Page>
  );
}
