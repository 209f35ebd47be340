import { t } from "@lingui/core/macro";
import { type ReactElement, type ReactNode, useState } from "react";
import { Button, type Look } from "./button";
import { Dialog } from "./dialog";

type Props = {
  trigger: ReactElement;
  title: string;
  children: ReactNode;
  /** The word on the button that does it, as "Delete bot". */
  action: string;
  look?: Look;
  onConfirm: () => void;
};

/** Asks once before something that cannot be undone. */
export function Confirm({ trigger, title, children, action, look = "danger", onConfirm }: Props) {
  const [open, setOpen] = useState(false);
  const confirm = () => {
    setOpen(false);
    onConfirm();
  };
  return (
    <Dialog open={open} onOpenChange={setOpen} title={title} trigger={trigger}>
      <div className="text-sm text-muted">{children}</div>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={() => setOpen(false)}>{t`Keep as it is`}</Button>
        <Button look={look} onClick={confirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
