import { Dialog as Base } from "@base-ui/react/dialog";
import { t } from "@lingui/core/macro";
import { X } from "lucide-react";
import type { ReactElement, ReactNode } from "react";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  trigger?: ReactElement;
  children: ReactNode;
};

/** A modal: holds the focus, closes on Escape, gives the focus back. */
export function Dialog({ open, onOpenChange, title, description, trigger, children }: Props) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      {trigger && <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 bg-black/50 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 grid place-items-center overflow-y-auto p-4">
          <Base.Popup className="w-full max-w-lg rounded-xl border border-line bg-surface p-5 shadow-xl transition-[opacity,scale] duration-150 data-ending-style:scale-95 data-ending-style:opacity-0 data-starting-style:scale-95 data-starting-style:opacity-0">
            <div className="flex items-start justify-between gap-4">
              <Base.Title className="text-lg font-semibold">{title}</Base.Title>
              <Base.Close
                aria-label={t`Close`}
                className="-m-1 rounded-md p-1.5 text-muted hover:bg-raised hover:text-ink"
              >
                <X aria-hidden className="size-5" />
              </Base.Close>
            </div>
            {description && (
              <Base.Description className="mt-1 text-sm text-muted">{description}</Base.Description>
            )}
            <div className="mt-4">{children}</div>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
