/** Links to the pages of what tables and sentences name. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

export const linkClass = "font-medium hover:text-accent hover:underline";

type Props = { id: number; children: ReactNode };

export function BotLink({ id, children }: Props) {
  return (
    <Link to="/bots/$botId" params={{ botId: String(id) }} className={linkClass}>
      {children}
    </Link>
  );
}

export function AdLink({ id, children }: Props) {
  return (
    <Link to="/ads/$adId" params={{ adId: String(id) }} className={linkClass}>
      {children}
    </Link>
  );
}
