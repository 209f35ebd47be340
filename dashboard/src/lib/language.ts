/**
 * The language of the dashboard. It is loaded before the module of any page, so that texts may stand
 * anywhere in the source; another choice begins the page anew.
 */
import { i18n, type Messages } from "@lingui/core";

const STORED = "crier-language";
const SOURCE = "en";

/** One file for each language; only the chosen one is loaded. */
const CATALOGUES = Object.fromEntries(
  Object.entries(import.meta.glob<{ messages: Messages }>("../locales/*.po")).map(
    ([path, load]) => [path.slice("../locales/".length, -".po".length), load],
  ),
);

/** What there is, each called as its speakers call it. */
export const LANGUAGES = Object.keys(CATALOGUES).map((code) => ({ code, name: nameOf(code) }));

function nameOf(code: string): string {
  const name = new Intl.DisplayNames(code, { type: "language" }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

/** Makes the chosen language the one in use: the viewer's choice, or the first of the browser's. */
export async function startLanguage(): Promise<void> {
  await speak(chosen());
}

/** Loads a language and makes it the one in use. */
export async function speak(code: string): Promise<void> {
  const catalogue = await CATALOGUES[code]?.();
  i18n.loadAndActivate({ locale: code, messages: catalogue?.messages ?? {} });
  document.documentElement.lang = code;
}

function chosen(): string {
  const wanted = [stored(), ...navigator.languages.map((language) => language.split("-")[0])];
  return wanted.find((code) => code && code in CATALOGUES) ?? SOURCE;
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // Storage is blocked: the browser's language holds.
  }
}

/** Keeps the choice in this browser, and begins the page anew in that language. */
export function chooseLanguage(code: string): void {
  try {
    localStorage.setItem(STORED, code);
  } catch {
    return; // Storage is blocked: the choice cannot be kept.
  }
  location.reload();
}

/** How dates are written: by the British where the language is English, who begin with the day. */
export function dateLocale(): string {
  return i18n.locale === "en" ? "en-GB" : i18n.locale;
}
