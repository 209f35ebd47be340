/** Numbers, times and sizes as people read them; "–" for what is not known. */
import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { dateLocale } from "./language";
import { zoneName } from "./zone";

const NONE = "–";
const whole = new Intl.NumberFormat(i18n.locale, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(i18n.locale, { maximumFractionDigits: 1 });
const hundredth = new Intl.NumberFormat(i18n.locale, { maximumFractionDigits: 2 });
const share = new Intl.NumberFormat(i18n.locale, { style: "percent", maximumFractionDigits: 1 });
const timeZone = zoneName();
const dateTime = new Intl.DateTimeFormat(dateLocale(), {
  timeZone,
  dateStyle: "medium",
  timeStyle: "short",
});
const dateTimeSeconds = new Intl.DateTimeFormat(dateLocale(), {
  timeZone,
  dateStyle: "medium",
  timeStyle: "medium",
});
const SECONDS = {
  timeZone,
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
} as const;
const toSeconds = new Intl.DateTimeFormat(dateLocale(), SECONDS);
const exact = new Intl.DateTimeFormat(dateLocale(), { ...SECONDS, fractionalSecondDigits: 3 });
const daySeconds = new Intl.DateTimeFormat(dateLocale(), { timeZone, timeStyle: "medium" });
const hourMinute = new Intl.DateTimeFormat(dateLocale(), {
  timeZone,
  hour: "2-digit",
  minute: "2-digit",
});
const DAY = { day: "numeric", month: "short" } as const;
const localDay = new Intl.DateTimeFormat(dateLocale(), { ...DAY, timeZone });
const utcDay = new Intl.DateTimeFormat(dateLocale(), { ...DAY, timeZone: "UTC" });
const spanOfTwo = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeZone: "UTC" });
const relative = new Intl.RelativeTimeFormat(i18n.locale, { numeric: "auto" });

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

export function count(value: number | null | undefined): string {
  return value == null ? NONE : whole.format(value);
}

export function decimal(value: number | null | undefined): string {
  return value == null ? NONE : tenth.format(value);
}

/** A measured value: whole when it is large, with two digits after the point when it is small. */
export function figure(value: number | null | undefined): string {
  if (value == null) return NONE;
  return Math.abs(value) < 100 ? hundredth.format(value) : whole.format(value);
}

export function percent(fraction: number | null | undefined): string {
  return fraction == null ? NONE : share.format(fraction);
}

export function when(iso: string | null | undefined): string {
  return iso ? dateTime.format(new Date(iso)) : NONE;
}

/** "2 Nov 2026, 14:05:31", for what is looked up to the second. */
export function toTheSecond(iso: string): string {
  return dateTimeSeconds.format(new Date(iso));
}

/** "14:05:31". */
export function timeOfDay(iso: string): string {
  return daySeconds.format(new Date(iso));
}

/** "2 Nov, 14:05:31.123", for one line of many. */
export function exactTime(iso: string): string {
  return exact.format(new Date(iso));
}

/** "2 Nov, 14:05:00 – 14:06:00". */
export function exactSpan(from: string, to: string): string {
  return toSeconds.formatRange(new Date(from), new Date(to));
}

/** The local time of day, "14:05". */
export function clock(iso: string): string {
  return hourMinute.format(new Date(iso));
}

/** "2 Nov" for the start of a day: of the viewer's zone, or of UTC. */
export function day(iso: string, inUtc = false): string {
  return (inUtc ? utcDay : localDay).format(new Date(iso));
}

/** "Saturday, 28 November" for "2026-11-28"; below parts of it, and "23 – 29 Nov 2026". */
export const fullDay = namer({ weekday: "long", day: "numeric", month: "long" });
export const dayOfMonth = namer({ day: "numeric" });
export const weekday = namer({ weekday: "short" });
export const monthName = namer({ month: "long", year: "numeric" });

function namer(parts: Intl.DateTimeFormatOptions): (day: string) => string {
  const format = new Intl.DateTimeFormat(dateLocale(), { ...parts, timeZone: "UTC" });
  return (day) => format.format(new Date(day));
}

export function spanName(first: string, last: string): string {
  return spanOfTwo.formatRange(new Date(first), new Date(last));
}

/** "3 minutes ago", "in 2 days". */
export function ago(iso: string | null | undefined): string {
  if (!iso) return NONE;
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.round(seconds / size), unit);
}

/** Seconds as "2 h 5 min", "3 min 20 s" or "8 s". */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null) return NONE;
  const total = Math.ceil(seconds);
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  if (hours) return t`${hours} h ${minutes} min`;
  return minutes ? t`${minutes} min ${total % 60} s` : t`${total} s`;
}

export function bytes(value: number | null | undefined): string {
  if (value == null) return NONE;
  return value < 1 << 20
    ? t`${whole.format(value / 1024)} KB`
    : t`${tenth.format(value / 2 ** 20)} MB`;
}

/** A decimal text with as many digits as it has: no digit is lost to a number. */
export function money(amount: string | null | undefined, currency?: string | null): string {
  if (amount == null) return NONE;
  const minimumFractionDigits = amount.split(".")[1]?.length ?? 0;
  const inWords = new Intl.NumberFormat(i18n.locale, {
    minimumFractionDigits,
    maximumFractionDigits: minimumFractionDigits,
  }).format(amount as Intl.StringNumericLiteral);
  return currency ? `${inWords} ${currency}` : inWords;
}

type Amount = { amount: string | null; currency: string };

/** Amounts of several currencies, each by itself: they cannot be added. Those of 0 say nothing beside others. */
export function moneys(amounts: readonly Amount[]): string {
  const some = amounts.filter(({ amount }) => Number(amount) !== 0);
  const shown = some.length > 0 ? some : amounts.slice(0, 1);
  return shown.map(({ amount, currency }) => money(amount, currency)).join(" + ") || t`nothing`;
}

/** A text without its tags of HTML. */
export function plainText(content: string): string {
  return content.replaceAll(/<[^>]+>/g, "").trim();
}

/** How a number compares with that of a period before: "12% more than in the 7 days before". */
export function change(now: number, then: number | undefined, before: string): string {
  if (then === undefined || (now === 0 && then === 0)) return "";
  if (then === 0) return t`none in ${before}`;
  if (now === then) return t`as many as in ${before}`;
  const share = percent(Math.abs(now - then) / then);
  return now > then ? t`${share} more than in ${before}` : t`${share} less than in ${before}`;
}

/** Several things to say about one number, those that are there. */
export function together(...parts: (string | false | null | undefined)[]): string {
  return parts.filter(Boolean).join("; ");
}

/** "3.1% to 4.2%". */
export function between({ low, high }: { low: number; high: number }): string {
  return t`${percent(low)} to ${percent(high)}`;
}
