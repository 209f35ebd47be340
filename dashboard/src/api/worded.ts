/**
 * Texts of the API in the language of the dashboard. The catalogues hold each text by which the API
 * refuses, with gaps for its values (`src/api/refusals.json`, written from the API's source).
 */
import { i18n } from "@lingui/core";

type Pattern = { id: string; names: string[]; expression: RegExp };

const SOURCE = "en";
const GAP = /\{(\w+)\}/;
const SPECIAL = /[.*+?^${}()|[\]\\]/g;

/** The texts with gaps, of the language that they were made for; the most certain come first. */
let made: { locale: string; patterns: Pattern[] } | null = null;

/** Returns a text of the API in the chosen language; one that no catalogue knows stays as it is. */
export function worded(text: string): string {
  if (i18n.locale === SOURCE) return text;
  if (isText(text) && text in i18n.messages) return i18n._(text);
  for (const { id, names, expression } of patterns()) {
    const found = expression.exec(text);
    if (found) {
      const values = names.map((name, place) => [name, worded(found[place + 1] ?? "")]);
      return i18n._(id, Object.fromEntries(values));
    }
  }
  return text;
}

/** Ids of the dashboard's own texts are six characters. */
function isText(id: string): boolean {
  return id.length !== 6;
}

function patterns(): Pattern[] {
  if (made?.locale !== i18n.locale) {
    const ids = Object.keys(i18n.messages).filter((id) => isText(id) && GAP.test(id));
    const certain = (id: string) =>
      id
        .split(GAP)
        .filter((_, place) => place % 2 === 0)
        .join("");
    ids.sort((one, other) => certain(other).length - certain(one).length);
    made = { locale: i18n.locale, patterns: ids.map(patternOf) };
  }
  return made.patterns;
}

function patternOf(id: string): Pattern {
  const parts = id.split(GAP);
  const source = parts.map((part, place) => (place % 2 ? "([^]*)" : part.replace(SPECIAL, "\\$&")));
  const names = parts.filter((_, place) => place % 2 === 1);
  return { id, names, expression: new RegExp(`^${source.join("")}$`) };
}
