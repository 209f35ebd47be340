/** An ad as the form holds it: all text, and how it becomes what the API takes. */
import type { Ad, AdBody, Button } from "@/api/types";

export type AdOptions = Record<
  "track_clicks" | "disable_notification" | "protect_content" | "disable_link_preview",
  boolean
>;

export type AdDraft = {
  title: string;
  content: string;
  parse_mode: AdBody["parse_mode"];
  media: string[];
  buttons: Button[][];
  price: string;
  currency: string;
  /** In ISO 8601; empty for none. */
  scheduled_for: string;
  bot_ids: number[];
  languages: string;
  active_within_days: string;
  sample_percent: string;
  /** Both in ISO 8601; empty for none. */
  joined_after: string;
  joined_before: string;
  dedupe_across_bots: boolean;
  priority: string;
  late_minutes: string;
  paid_budget: string;
  options: AdOptions;
};

export const EMPTY_DRAFT: AdDraft = {
  title: "",
  content: "",
  parse_mode: "HTML",
  media: [],
  buttons: [],
  price: "",
  currency: "USD",
  scheduled_for: "",
  bot_ids: [],
  languages: "",
  active_within_days: "",
  sample_percent: "",
  joined_after: "",
  joined_before: "",
  dedupe_across_bots: false,
  priority: "1",
  late_minutes: "",
  paid_budget: "",
  options: {
    track_clicks: true,
    disable_notification: false,
    protect_content: false,
    disable_link_preview: false,
  },
};

export function draftOf(ad: Ad): AdDraft {
  const { targeting } = ad;
  return {
    title: ad.title ?? "",
    content: ad.content,
    parse_mode: ad.parse_mode,
    media: ad.media_urls,
    buttons: ad.buttons,
    price: ad.price ?? "",
    currency: ad.currency ?? EMPTY_DRAFT.currency,
    scheduled_for: ad.scheduled_for ?? "",
    bot_ids: targeting.bot_ids ?? [],
    languages: (targeting.languages ?? []).join(", "),
    active_within_days: targeting.active_within_days?.toString() ?? "",
    sample_percent: targeting.sample_percent?.toString() ?? "",
    joined_after: targeting.joined_after ?? "",
    joined_before: targeting.joined_before ?? "",
    dedupe_across_bots: targeting.dedupe_across_bots ?? false,
    priority: String(ad.priority),
    late_minutes: ad.late_minutes?.toString() ?? "",
    paid_budget: ad.paid_budget ? String(ad.paid_budget) : "",
    options: {
      track_clicks: ad.track_clicks,
      disable_notification: ad.disable_notification,
      protect_content: ad.protect_content,
      disable_link_preview: ad.disable_link_preview,
    },
  };
}

export function bodyOf(draft: AdDraft): AdBody {
  return {
    title: draft.title.trim() || null,
    content: draft.content,
    parse_mode: draft.parse_mode,
    media_urls: draft.media,
    buttons: draft.buttons.filter((row) => row.length > 0),
    price: draft.price.trim() || null,
    currency: draft.currency.trim().toUpperCase() || EMPTY_DRAFT.currency,
    scheduled_for: draft.scheduled_for || null,
    targeting: targetingOf(draft),
    priority: Number(draft.priority) || 1,
    late_minutes: draft.late_minutes ? Number(draft.late_minutes) : null,
    paid_budget: Number(draft.paid_budget),
    allow_paid_broadcast: Number(draft.paid_budget) > 0,
    ...draft.options,
  };
}

/** Only the fields that the person changed: what was not touched is not sent. */
export function changesOf(draft: AdDraft, before: Ad): Partial<AdBody> {
  const old = bodyOf(draftOf(before));
  const fields = Object.entries(bodyOf(draft)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name as keyof AdBody]),
  );
  return Object.fromEntries(fields);
}

/** Only the conditions that are set. */
export function targetingOf(draft: AdDraft): NonNullable<AdBody["targeting"]> {
  const languages = draft.languages.split(/[\s,]+/).filter(Boolean);
  return {
    ...(draft.bot_ids.length && { bot_ids: draft.bot_ids }),
    ...(languages.length && { languages }),
    ...(draft.active_within_days && { active_within_days: Number(draft.active_within_days) }),
    ...(draft.sample_percent && { sample_percent: Number(draft.sample_percent) }),
    ...(draft.joined_after && { joined_after: draft.joined_after }),
    ...(draft.joined_before && { joined_before: draft.joined_before }),
    ...(draft.dedupe_across_bots && { dedupe_across_bots: true }),
  };
}
