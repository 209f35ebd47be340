import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { worded } from "@/api/worded";
import { ExportLinks } from "@/components/export-links";
import { StateBadge } from "@/components/ui/badge";
import { FilterSelect } from "@/components/ui/field";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { when } from "@/lib/format";
import { recipientsOptions } from "../api/list-recipients";
import { OUTCOMES, type Outcome } from "../outcomes";

type Recipient = Answer<"/api/ads/{ad_id}/recipients">["items"][number];

type Props = {
  adId: number;
  broadcastId?: number;
  status?: Outcome;
  live: boolean;
  onStatus: (status?: Outcome) => void;
  botName: (id: number) => string;
};

/** Everybody, one by one, with what happened to them. */
export function Recipients({ adId, broadcastId, status, live, onStatus, botName }: Props) {
  const recipients = useInfiniteQuery(recipientsOptions({ adId, broadcastId, status, live }));
  const columns: Column<Recipient>[] = [
    { head: t`Chat`, cell: (row) => row.chat_id },
    { head: t`Outcome`, cell: (row) => <StateBadge state={row.status} /> },
    { head: t`Bot`, cell: (row) => botName(row.bot_id), wide: true },
    { head: t`Sent`, cell: (row) => when(row.sent_at), wide: true },
    { head: t`Clicked`, cell: (row) => when(row.clicked_at), wide: true },
    { head: t`Reason`, cell: (row) => worded(row.error ?? "") },
  ];
  return (
    <ListCard
      title={t`Recipients`}
      aside={
        <div className="flex flex-wrap items-center gap-3">
          <ExportLinks dataset="recipients" adId={adId} broadcastId={broadcastId} />
          <FilterSelect
            label={t`Outcome`}
            value={status ?? ""}
            any={t`all`}
            options={OUTCOMES}
            onChange={(choice) => onStatus(choice || undefined)}
          />
        </div>
      }
      caption={t`Recipients`}
      columns={columns}
      query={recipients}
      rowKey={(row) => `${row.bot_id} ${row.chat_id}`}
      empty={<Empty title={t`Nobody here`} />}
    />
  );
}
