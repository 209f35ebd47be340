import { t } from "@lingui/core/macro";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FilterSelect } from "@/components/ui/field";
import { allZones, browserZone, chooseZone, chosenZone } from "@/lib/zone";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

/** Chooses the time zone in which times and days are shown in this browser. */
export function ZoneDialog({ open, onOpenChange }: Props) {
  const [zone, setZone] = useState(chosenZone() ?? "");
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t`Time zone`}
      description={t`All times and days are shown in it, in this browser. Nothing is sent at another time.`}
    >
      <FilterSelect
        label={t`Time zone`}
        value={zone}
        any={t`as this browser: ${browserZone()}`}
        options={allZones()}
        name={(name) => name.replaceAll("_", " ")}
        onChange={setZone}
      />
      <div className="mt-5 flex justify-end">
        <Button look="primary" onClick={() => chooseZone(zone || null)}>{t`Use it`}</Button>
      </div>
    </Dialog>
  );
}
