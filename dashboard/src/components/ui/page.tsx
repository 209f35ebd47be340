import type { ReactNode } from "react";
import { useTitle } from "./title";

type Props = {
  title: string;
  /** Below the title: a state, a date. */
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
};

/** A page: its title in the tab and as the one h1, its actions, its content. */
export function Page({ title, note, actions, children }: Props) {
  useTitle(title);
  return (
    <>
      <div className="mb-5 flex flex-wrap items-end justify-between gap-3">
        <div className="min-w-0">
          <h1 className="text-2xl font-semibold tracking-tight break-words">{title}</h1>
          {note && <div className="mt-1 text-sm text-muted">{note}</div>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      <div className="flex flex-col gap-5">{children}</div>
    </>
  );
}
