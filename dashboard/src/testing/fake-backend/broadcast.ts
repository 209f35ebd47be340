/** A broadcast that goes on by one step each time its statistics are read: no clock, no chance. */
import type { Statistics } from "@/api/types";

type PerBot = Statistics["per_bot"][number];

const EVERY = { blocked: 25, failed: 60, unknown: 400, clicks: 14 };

export function advance(statistics: Statistics, step: number): void {
  if (statistics.status !== "broadcasting") return;
  for (const row of statistics.per_bot) settle(row, Math.ceil(step / statistics.per_bot.length));
  addUp(statistics, step);
  if (statistics.pending === 0) finish(statistics, "completed");
}

function finish(statistics: Statistics, status: Statistics["status"]): void {
  statistics.status = status;
  const now = new Date();
  statistics.completed_at = now.toISOString();
  statistics.duration_seconds = (now.getTime() - Date.parse(statistics.started_at ?? "")) / 1000;
  statistics.rate_per_second = 0;
  statistics.estimated_seconds_left = null;
}

/** Every pending recipient is skipped, in the same moment. */
export function cancel(statistics: Statistics): void {
  statistics.skipped = statistics.pending;
  statistics.pending = 0;
  for (const row of statistics.per_bot) {
    row.skipped = row.pending;
    row.pending = 0;
  }
  finish(statistics, "cancelled");
}

function settle(row: PerBot, step: number): void {
  const done = row.audience - row.pending + Math.min(step, row.pending);
  row.pending = row.audience - done;
  row.blocked = Math.floor(done / EVERY.blocked);
  row.failed = Math.floor(done / EVERY.failed);
  row.unknown = Math.floor(done / EVERY.unknown);
  row.sent = done - row.blocked - row.failed - row.unknown;
  row.clicks = Math.floor(done / EVERY.clicks);
}

function addUp(statistics: Statistics, step: number): void {
  const sum = (key: Exclude<keyof PerBot, "bot_id">) =>
    statistics.per_bot.reduce((total, row) => total + (row[key] as number), 0);
  for (const key of ["pending", "sent", "blocked", "failed", "unknown", "clicks"] as const)
    statistics[key] = sum(key);
  const { sent, blocked, failed, unknown, clicks } = statistics;
  statistics.unique_clicks = Math.round(clicks * 0.9);
  statistics.ctr = sent ? statistics.unique_clicks / sent : null;
  statistics.rate_per_second = step;
  statistics.estimated_seconds_left = statistics.pending / step;
  const at = new Date(Date.now() + statistics.timeline.length * 1000).toISOString();
  statistics.timeline.push({
    at,
    sent: step - (failed % 7),
    failed: failed % 7,
    clicks: clicks % 40,
  });
  statistics.errors = [
    trouble(403, "Forbidden: bot was blocked by the user", blocked, "mark_blocked"),
    trouble(403, "Forbidden: user is deactivated", failed, "mark_gone"),
    trouble(null, "No answer within 20 s", unknown, "record_unknown"),
  ].filter(({ count }) => count > 0);
}

function trouble(code: number | null, description: string, count: number, action: string) {
  return { code, description, count, action } as Statistics["errors"][number];
}
