import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";

const languages = new Intl.DisplayNames(i18n.locale, { type: "language" });

/** "German (de)"; the code alone where it is no language that has a name. */
export function languageName(code: string | null): string {
  if (code === null) return t`not known`;
  try {
    const name = languages.of(code);
    return name && name !== code ? `${name} (${code})` : code;
  } catch {
    return code;
  }
}
