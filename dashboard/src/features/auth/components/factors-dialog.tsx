import { t } from "@lingui/core/macro";
import { Dialog } from "@/components/ui/dialog";
import { Factors } from "./factors";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

export function FactorsDialog({ open, onOpenChange }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t`Ways to sign in`}>
      <Factors />
    </Dialog>
  );
}
