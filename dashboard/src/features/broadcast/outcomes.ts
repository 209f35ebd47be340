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
  sent: "Telegram took the message",
  blocked: "the person blocked the bot",
  failed: "Telegram refused for certain",
  unknown: "no clear answer: it may have arrived",
  skipped: "left before their turn, or cancelled",
  pending: "still to be sent",
};
