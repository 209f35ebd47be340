import { t } from "@lingui/core/macro";
import { Dialog } from "@/components/ui/dialog";
import { LinkedChat } from "./linked-chat";
import { NoticeChoices } from "./notice-choices";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

export function NoticesDialog({ open, onOpenChange }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t`Notices`}>
      <div className="flex flex-col gap-6">
        <LinkedChat />
        <NoticeChoices />
      </div>
    </Dialog>
  );
}
