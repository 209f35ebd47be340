/** Personal fields, filled in for each recipient as the platform does (`domain/fields.py`). */

export const FIELDS = ["first_name", "username"] as const;
export type FieldName = (typeof FIELDS)[number];
export type Person = Record<FieldName, string>;

export const FIELD = /(?<!\\)\{(first_name|username)\}/g;

export const NOBODY: Person = { first_name: "", username: "" };
/** The longest names that Telegram has: what a text must have room for. */
export const LONGEST: Person = { first_name: "W".repeat(64), username: "w".repeat(32) };

export type ParseMode = "HTML" | "MarkdownV2" | null;

/** Puts a person's names into a text, so that they read as themselves in its markup. */
export function fill(text: string, person: Person, mode: ParseMode): string {
  return text.replace(FIELD, (_, name: FieldName) => escaped(person[name], mode));
}

function escaped(text: string, mode: ParseMode): string {
  if (mode === "MarkdownV2") return text.replace(/[_*[\]()~`>#+\-=|{}.!\\]/g, "\\$&");
  return mode === "HTML" ? escapeHtml(text) : text;
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
