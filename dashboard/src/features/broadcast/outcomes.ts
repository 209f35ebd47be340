import { t } from "@lingui/core/macro";

/** The six outcomes that a recipient can be in, in the order in which they are drawn. */
export const OUTCOMES = ["sent", "blocked", "failed", "unknown", "skipped", "pending"] as const;

export type Outcome = (typeof OUTCOMES)[number];

export const OUTCOME_COLORS: Record<Outcome, string> = {
  sent: "bg-sent",
  blocked: "bg-blocked",
  failed: "bg-failed",
  unknown: "bg-unknown",
  skipped: "bg-skipped",
  pending: "bg-pending",
};

export const OUTCOME_MEANING: Record<Outcome, string> = {
  sent: t`Telegram took the message`,
  blocked: t`the person blocked the bot`,
  failed: t`Telegram refused for certain`,
  unknown: t`no clear answer: it may have arrived`,
  skipped: t`left before their turn, or cancelled`,
  pending: t`still to be sent`,
};
