import { t } from "@lingui/core/macro";
import { FileDown } from "lucide-react";
import { at } from "@/api/below";
import { buttonClass } from "@/components/ui/button";
import { zoneName } from "@/lib/zone";

/** The figures of a broadcast (the latest where none is named) as a document to send on. */
export function ReportLink({ adId, broadcastId }: { adId: number; broadcastId?: number }) {
  const query = new URLSearchParams({ tz: zoneName() });
  if (broadcastId !== undefined) query.set("broadcast_id", String(broadcastId));
  return (
    <a download href={at(`/api/ads/${adId}/report?${query}`)} className={buttonClass()}>
      <FileDown aria-hidden />
      {t`Report as PDF`}
    </a>
  );
}
