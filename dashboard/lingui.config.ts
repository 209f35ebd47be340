import { readdirSync } from "node:fs";
import { defineConfig } from "@lingui/cli";
import { formatter } from "@lingui/format-po";

const FOLDER = "src/locales";

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
  format: formatter({ lineNumbers: false, origins: false }),
  orderBy: "message",
});
