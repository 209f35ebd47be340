import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { QuotaForm } from "@/components/quotas/quota-form";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { ago } from "@/lib/format";
import { isTeam, type Team, teamsOptions } from "../api/teams";
import { TeamDialog } from "./team-dialog";

type Row = Team & { created_at: string };

const COLUMNS: Column<Row>[] = [
  { head: t`Team`, cell: ({ name }) => <span className="font-medium">{name}</span> },
  { head: t`Made`, cell: (team) => ago(team.created_at), wide: true },
  {
    head: t`Actions`,
    hideHead: true,
    cell: (team) => (
      <div className="text-right">
        <TeamDialog team={team}>
          <QuotaForm organisation={team.id} />
        </TeamDialog>
      </div>
    ),
  },
];

/** All teams of the platform, for an admin. */
export function TeamList() {
  const query = useInfiniteQuery({
    ...teamsOptions,
    select: ({ pages, pageParams }) => ({
      pages: pages.map((page) => ({ ...page, items: page.items.filter(isTeam) })),
      pageParams,
    }),
  });
  return (
    <ListCard
      title={t`Teams`}
      caption={t`Teams`}
      columns={COLUMNS}
      query={query}
      rowKey={(team) => team.id}
      empty={
        <Empty
          title={t`No teams`}
        >{t`Make one, or manage an operator's account to make a team of what it has.`}</Empty>
      }
    />
  );
}
