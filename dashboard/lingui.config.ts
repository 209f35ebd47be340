import { readdirSync } from "node:fs";
import { defineConfig } from "@lingui/cli";
import babel from "@lingui/cli/api/extractors/babel";
import { formatter } from "@lingui/format-po";

const FOLDER = "src/locales";

/** The texts of the API's refusals, which `src/api/worded.ts` finds by their English ones. */
const REFUSALS: typeof babel = {
  match: (file) => file.endsWith("refusals.json"),
  extract: (file, code, found) => {
    for (const text of JSON.parse(code) as string[]) {
      // Braces that hold no name are braces.
      const message = text.replaceAll(/\{(?!\w+\})(.*?)\}/g, "'{'$1'}'");
      found({ id: text, message, context: "refusal", origin: [file, 1] });
    }
  },
};

/** A language is one file of the folder. Texts are written in English, in the source. */
export default defineConfig({
  sourceLocale: "en",
  locales: readdirSync(`${import.meta.dirname}/${FOLDER}`).map((file) => file.split(".")[0] ?? ""),
  catalogs: [
    {
      path: `<rootDir>/${FOLDER}/{locale}`,
      include: ["src"],
      exclude: ["**/*.test.*", "src/testing/**"],
    },
  ],
  extractors: [babel, REFUSALS],
  format: formatter({ lineNumbers: false, origins: false }),
  orderBy: "message",
});
