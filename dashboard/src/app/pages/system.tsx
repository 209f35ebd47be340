import { useQuery } from "@tanstack/react-query";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { systemStatusOptions } from "@/features/system/api/get-status";
import { AuditLog } from "@/features/system/components/audit-log";
import { SystemOverview } from "@/features/system/components/system-overview";

export function SystemPage() {
  const status = useQuery(systemStatusOptions);
  return (
    <Page title="System">
      <QueryView query={status} what="system status" rows={8}>
        {(data) => <SystemOverview status={data} />}
      </QueryView>
      <AuditLog />
    </Page>
  );
}
