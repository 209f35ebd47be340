/** A message's text in any of its markups. */
import { FIELD, fill, LONGEST, type ParseMode, type Person } from "./fields";
import { parseHtml } from "./html";
import { parseMarkdown } from "./markdown";
import { countOf, MarkupError, type Parsed } from "./runs";

export const TEXT_MAX = 4096;
export const CAPTION_MAX = 1024;

/**
 * Takes the markup off.
 *
 * @throws MarkupError where Telegram would refuse it.
 */
export function parse(text: string, mode: ParseMode): Parsed {
  if (mode === "HTML") return parseHtml(text);
  if (mode === "MarkdownV2") return parseMarkdown(text);
  return { runs: text ? [{ text, marks: [], block: null }] : [], odd: false };
}

export type Read = { parsed: Parsed } | { problem: string };

/** As `parse`, with what is wrong in the place of an error. */
export function read(text: string, mode: ParseMode): Read {
  try {
    return { parsed: parse(text, mode) };
  } catch (error) {
    if (error instanceof MarkupError) return { problem: error.message };
    throw error;
  }
}

/** As `read`, with the names of a person in the place of fields. */
export function readAs(text: string, mode: ParseMode, person: Person): Read {
  return read(fill(text, person, mode), mode);
}

/** The characters that Telegram counts with the longest names there are; null: it cannot be read. */
export function countText(text: string, mode: ParseMode): number | null {
  const read = readAs(text, mode, LONGEST);
  return "parsed" in read ? countOf(read.parsed.runs) : null;
}

export function isPersonal(text: string): boolean {
  return text.search(FIELD) >= 0;
}
