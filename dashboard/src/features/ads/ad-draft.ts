/** An ad as the form holds it: all text, and how it becomes what the API takes. */
import type { Ad, AdBody, Button } from "@/api/types";

export type AdOptions = Record<
  "track_clicks" | "disable_notification" | "protect_content" | "disable_link_preview",
  boolean
>;

export type AdDraft = {
  title: string;
  content: string;
  parse_mode: string;
  media: string;
  buttons: Button[][];
  price: string;
  currency: string;
  /** In ISO 8601; empty for none. */
  scheduled_for: string;
  bot_ids: number[];
  languages: string;
  active_within_days: string;
  sample_percent: string;
  dedupe_across_bots: boolean;
  options: AdOptions;
};

export const EMPTY_DRAFT: AdDraft = {
  title: "",
  content: "",
  parse_mode: "HTML",
  media: "",
  buttons: [],
  price: "",
  currency: "USD",
  scheduled_for: "",
  bot_ids: [],
  languages: "",
  active_within_days: "",
  sample_percent: "",
  dedupe_across_bots: false,
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
    parse_mode: ad.parse_mode ?? "",
    media: ad.media_urls.join("\n"),
    buttons: ad.buttons,
    price: ad.price ?? "",
    currency: ad.currency ?? EMPTY_DRAFT.currency,
    scheduled_for: ad.scheduled_for ?? "",
    bot_ids: targeting.bot_ids ?? [],
    languages: (targeting.languages ?? []).join(", "),
    active_within_days: targeting.active_within_days?.toString() ?? "",
    sample_percent: targeting.sample_percent?.toString() ?? "",
    dedupe_across_bots: targeting.dedupe_across_bots ?? false,
    options: {
      track_clicks: ad.track_clicks,
      disable_notification: ad.disable_notification,
      protect_content: ad.protect_content,
      disable_link_preview: ad.disable_link_preview,
    },
  };
}

export function bodyOf(draft: AdDraft, before?: Ad): AdBody {
  return {
    title: draft.title.trim() || null,
    content: draft.content,
    parse_mode: (draft.parse_mode || null) as AdBody["parse_mode"],
    media_urls: lines(draft.media),
    buttons: draft.buttons.filter((row) => row.length > 0),
    price: draft.price.trim() || null,
    currency: draft.currency.trim().toUpperCase() || EMPTY_DRAFT.currency,
    scheduled_for: draft.scheduled_for || null,
    targeting: targetingOf(draft, before),
    ...draft.options,
  };
}

/** Only the fields that the person changed: what was not touched is not sent. */
export function changesOf(draft: AdDraft, before: Ad): Partial<AdBody> {
  const old = bodyOf(draftOf(before), before);
  const fields = Object.entries(bodyOf(draft, before)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name as keyof AdBody]),
  );
  return Object.fromEntries(fields);
}

/** Keeps what an ad's targeting holds beyond what the form shows. */
function targetingOf(draft: AdDraft, before?: Ad): AdBody["targeting"] {
  const {
    bot_ids: _bots,
    languages: _languages,
    active_within_days: _days,
    sample_percent: _sample,
    dedupe_across_bots: _dedupe,
    ...rest
  } = before?.targeting ?? {};
  const languages = draft.languages.split(/[\s,]+/).filter(Boolean);
  return {
    ...rest,
    ...(draft.bot_ids.length && { bot_ids: draft.bot_ids }),
    ...(languages.length && { languages }),
    ...(draft.active_within_days && { active_within_days: Number(draft.active_within_days) }),
    ...(draft.sample_percent && { sample_percent: Number(draft.sample_percent) }),
    ...(draft.dedupe_across_bots && { dedupe_across_bots: true }),
  };
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
