import { t } from "@lingui/core/macro";
import { Card } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { ErasureList } from "@/features/privacy/components/erasure-table";
import { PersonForm } from "@/features/privacy/components/person-form";

export function PrivacyPage() {
  return (
    <Page title={t`Privacy`}>
      <Card title={t`Person`}>
        <PersonForm />
      </Card>
      <ErasureList />
    </Page>
  );
}
