import { t } from "@lingui/core/macro";
import { Copy } from "lucide-react";
import { Button } from "@/components/ui/button";
import { inputClass } from "@/components/ui/field";
import { say } from "@/components/ui/toast";

type Props = { label: string; value: string };

/** A secret that nobody can look up again: to be copied now. */
export function ShownOnce({ label, value }: Props) {
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    say(t`Copied`);
  };
  return (
    <div className="flex flex-col gap-2">
      <label className="flex flex-col gap-1 text-sm font-medium">
        {label}
        <input readOnly className={`${inputClass} font-mono`} value={value} />
      </label>
      <p className="text-sm text-muted">{t`It is shown this once.`}</p>
      <Button icon={<Copy />} onClick={() => void copy()}>{t`Copy`}</Button>
    </div>
  );
}
