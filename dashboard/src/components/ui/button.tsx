import { Button as Base } from "@base-ui/react/button";
import type { ComponentProps, ReactNode } from "react";

const LOOKS = {
  primary: "bg-accent text-accent-ink hover:brightness-110 border-transparent",
  plain: "bg-surface text-ink border-line hover:bg-raised",
  quiet: "border-transparent text-muted hover:bg-raised hover:text-ink",
  danger: "bg-surface text-failed border-failed/40 hover:bg-failed/10",
} as const;

const SHAPE =
  "inline-flex min-h-9 items-center justify-center gap-1.5 rounded-lg border px-3 text-sm font-medium whitespace-nowrap transition-[background-color,filter] disabled:cursor-not-allowed disabled:opacity-50 data-disabled:cursor-not-allowed data-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0";

export type Look = keyof typeof LOOKS;

/** The classes alone, for links that look like buttons. */
export function buttonClass(look: Look = "plain", extra = ""): string {
  return `${SHAPE} ${LOOKS[look]} ${extra}`;
}

type Props = Omit<ComponentProps<typeof Base>, "className"> & {
  look?: Look;
  icon?: ReactNode;
  /** Work is under way: says so to screen readers and takes no second press. */
  busy?: boolean;
  className?: string;
};

export function Button({ look, icon, busy, children, disabled, className, ...rest }: Props) {
  return (
    <Base
      {...rest}
      disabled={disabled || busy}
      focusableWhenDisabled={busy}
      aria-busy={busy || undefined}
      className={buttonClass(look, className)}
    >
      {icon}
      {children}
    </Base>
  );
}
