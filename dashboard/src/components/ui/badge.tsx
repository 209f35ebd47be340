import type { ReactNode } from "react";
import { words } from "@/lib/words";

const TONES = {
  good: "text-sent bg-sent/12",
  warn: "text-blocked bg-blocked/12",
  bad: "text-failed bg-failed/12",
  live: "text-accent bg-accent/12",
  odd: "text-unknown bg-unknown/12",
  calm: "text-muted bg-raised",
} as const;

type Tone = keyof typeof TONES;

function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      <span aria-hidden className="size-1.5 rounded-full bg-current" />
      {children}
    </span>
  );
}

/** Every state that the API names, with how it feels. */
const STATE_TONES: Record<string, Tone> = {
  running: "good",
  starting: "live",
  stopping: "live",
  stopped: "calm",
  error: "bad",
  draft: "calm",
  pending_review: "warn",
  approved: "good",
  rejected: "bad",
  scheduled: "live",
  broadcasting: "live",
  paused: "warn",
  completed: "good",
  cancelled: "calm",
  failed: "bad",
  active: "good",
  inactive: "bad",
  unsubscribed: "calm",
  blocked: "warn",
  gone: "bad",
  up: "good",
  degraded: "warn",
  down: "bad",
  sent: "good",
  unknown: "odd",
  skipped: "calm",
  pending: "calm",
  waiting: "calm",
  finished: "good",
  debug: "calm",
  info: "calm",
  warning: "warn",
  critical: "bad",
  open: "bad",
  came_again: "bad",
  known: "calm",
  resolved: "good",
};

export function StateBadge({ state }: { state: string }) {
  return <Badge tone={STATE_TONES[state] ?? "calm"}>{words(state)}</Badge>;
}
