import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { inputClass } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { sayProblem } from "@/components/ui/toast";
import { when } from "@/lib/format";
import { type Every, scheduleOptions, useOrderReport } from "../api/report-schedule";

const EVERY: Record<Every, string> = {
  day: t`Each day at 09:00`,
  week: t`Each Monday at 09:00`,
  end: t`When a broadcast of it has ended`,
};

const WAYS = {
  mail: t`It comes by mail, to your own address.`,
  telegram: t`It comes to your linked chat.`,
  none: t`Nothing comes yet: confirm a mail address under Ways to sign in, or link a chat under Notices.`,
};

/** The report on an ad to oneself, by itself; a choice counts at once. */
export function ReportSchedule({ adId }: { adId: number }) {
  const query = useQuery(scheduleOptions(adId));
  const order = useOrderReport(adId);
  const choose = (every: Every | null) => order.mutate(every, { onError: sayProblem });
  return (
    <section aria-label={t`Sent to you`} className="flex flex-col gap-3 border-t border-line pt-4">
      <h3 className="font-semibold">{t`Sent to you`}</h3>
      <QueryView query={query} what={t`what you get by itself`} rows={1}>
        {({ every, next_at, channel }) => (
          <>
            <div className="flex flex-col gap-2 sm:flex-row">
              <select
                aria-label={t`Send me the report`}
                className={inputClass}
                value={every ?? ""}
                onChange={({ target }) => choose((target.value || null) as Every | null)}
              >
                <option value="">{t`Not by itself`}</option>
                {Object.entries(EVERY).map(([value, name]) => (
                  <option key={value} value={value}>
                    {name}
                  </option>
                ))}
              </select>
              {every && (
                <Button busy={order.isPending} onClick={() => choose(null)}>
                  {t({ message: "Stop", context: "reports" })}
                </Button>
              )}
            </div>
            <p className="text-sm text-muted">
              {every ? WAYS[channel] : t`The PDF, where there is something new in it.`}
              {every && next_at && ` ${t`Next: ${when(next_at)}.`}`}
            </p>
          </>
        )}
      </QueryView>
    </section>
  );
}
