/** What the addresses of pages may hold after the "?"; anything else there is left out. */

import { z } from "zod";
import { AD_SORTS, AD_STATES } from "@/features/ads/api/list-ads";
import { SPAN_DAYS } from "@/features/analytics/spans";
import { SPANS, type Span } from "@/features/bots/api/get-metrics";
import { BOT_SORTS, BOT_STATES } from "@/features/bots/api/list-bots";
import { CHAT_STATES } from "@/features/bots/api/list-chats";
import { DIRECTIONS } from "@/features/bots/api/list-messages";
import { BROADCAST_STATES } from "@/features/broadcast/api/list-broadcasts";
import { OUTCOMES } from "@/features/broadcast/outcomes";
import { EVENT_KINDS } from "@/features/security/api/list-events";
import { ERROR_PROGRAMS, ERROR_STATES } from "@/features/system/api/errors";
import { AUDIT_KINDS } from "@/features/system/api/list-audit";
import { ROLES } from "@/features/users/roles";
import { LOG_LEVELS } from "@/lib/log-levels";
import { HOURS } from "@/lib/range";
import { CALENDAR_VIEWS, SINCE_DAYS } from "@/lib/spans";

// The page's policy forbids making code from text, which zod would try for speed.
z.config({ jitless: true });

/** Also a number, as which the router reads `hours=24` in an address that somebody has typed. */
const oneOf = <const T extends readonly string[]>(options: T) =>
  z
    .union([z.enum(options), z.number().transform(String).pipe(z.enum(options))])
    .optional()
    .catch(undefined);

const id = z.coerce.number().int().positive().optional().catch(undefined);

const moment = z.iso.datetime().optional().catch(undefined);

const words = z.coerce.string().max(200).optional().catch(undefined);

export const BOT_TABS = [
  "overview",
  "analytics",
  "subscribers",
  "messages",
  "answers",
  "logs",
  "settings",
] as const;
export type BotTab = (typeof BOT_TABS)[number];

export const DAYS = ["1", "7", "30"] as const;

export const signIn = z.object({
  // Only a place in this dashboard: never another site.
  next: z
    .string()
    .regex(/^\/(?!\/|\\)/)
    .optional()
    .catch(undefined),
});

export const overview = z.object({ days: oneOf(DAYS) });

export const bots = z.object({
  q: words,
  status: oneOf(BOT_STATES),
  sort: oneOf(BOT_SORTS),
  /** The dialog is open. */
  add: z.literal(true).optional().catch(undefined),
});

export const bot = z.object({
  tab: oneOf(BOT_TABS),
  span: oneOf(Object.keys(SPANS) as [Span, ...Span[]]),
  days: oneOf(SPAN_DAYS),
  status: oneOf(CHAT_STATES),
  direction: oneOf(DIRECTIONS),
  chat_id: z.coerce.number().int().optional().catch(undefined),
  level: oneOf(LOG_LEVELS),
  q: words,
});

export const SYSTEM_TABS = [
  "status",
  "performance",
  "errors",
  "logs",
  "audit",
  "settings",
] as const;

export const system = z.object({
  tab: oneOf(SYSTEM_TABS),
  hours: oneOf(HOURS),
  state: oneOf([...ERROR_STATES, "all"]),
  program: oneOf(ERROR_PROGRAMS),
  error: id,
  from: moment,
  to: moment,
  level: oneOf(LOG_LEVELS),
  source: words,
  bot_id: id,
  broadcast_id: id,
  request_id: words,
  view: oneOf(["groups"]),
  line: id,
  live: z.boolean().optional().catch(undefined),
  q: words,
  actor: words,
  object: oneOf(AUDIT_KINDS),
  days: oneOf(SINCE_DAYS),
});

export const security = z.object({
  kind: oneOf(EVENT_KINDS),
  person: words,
  days: oneOf(SINCE_DAYS),
});

export const users = z.object({
  q: words,
  role: oneOf(ROLES),
  status: oneOf(["active", "inactive"]),
});

/** `from`: the ad that is copied. */
export const newAd = z.object({ from: id });

export const ads = z.object({ status: oneOf(AD_STATES), q: words, sort: oneOf(AD_SORTS) });

export const broadcast = z.object({
  broadcast_id: id,
  outcome: oneOf(OUTCOMES),
});

export const broadcasts = z.object({
  status: oneOf(BROADCAST_STATES),
  bot_id: id,
  ad_id: id,
  days: oneOf(SINCE_DAYS),
  view: oneOf(CALENDAR_VIEWS),
  day: z.iso.date().optional().catch(undefined),
});

export const analytics = z.object({
  tab: oneOf(["people", "exports"]),
  days: oneOf(SPAN_DAYS),
  ad: id,
  other: id,
});
