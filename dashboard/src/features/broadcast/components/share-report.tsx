import { Form } from "@base-ui/react/form";
import { plural, t } from "@lingui/core/macro";
import { Share2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ShownOnce } from "@/components/ui/shown-once";
import { ErrorNote } from "@/components/ui/states";
import { text } from "@/lib/form";
import { useShareReport } from "../api/share-report";
import { ReportSchedule } from "./report-schedule";

const DAYS = [1, 7, 30];

type Props = { adId: number; broadcastId?: number };

/** A link to the report for people without an account, and the report to oneself by itself. */
export function ShareReport(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Share the report`}
      description={t`A link to the PDF for anybody, without an account. It shows the figures of the moment it is opened, with prices and names of bots as you see them.`}
      trigger={<Button icon={<Share2 />}>{t`Share`}</Button>}
    >
      <div className="flex flex-col gap-4">
        <ShareForm {...props} />
        <ReportSchedule adId={props.adId} />
      </div>
    </Dialog>
  );
}

function ShareForm({ adId, broadcastId }: Props) {
  const share = useShareReport(adId, broadcastId);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    share.mutate(Number(text(new FormData(event.currentTarget), "days")));
  };
  if (share.data) return <ShownOnce label={t`Link`} value={share.data} />;
  return (
    <Form className="flex flex-col gap-4" onSubmit={submit}>
      {share.isError && <ErrorNote error={share.error} />}
      <Field name="days" label={t`Good for`}>
        <select className={inputClass} defaultValue={7}>
          {DAYS.map((days) => (
            <option key={days} value={days}>
              {plural(days, { one: "# day", other: "# days" })}
            </option>
          ))}
        </select>
      </Field>
      <Button look="primary" type="submit" busy={share.isPending}>{t`Make the link`}</Button>
    </Form>
  );
}
