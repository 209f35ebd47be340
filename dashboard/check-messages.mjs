/** Fails where the catalogues miss a text of the source, hold one that is gone, or lack a translation. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = `${import.meta.dirname}/src/locales/`;
const files = readdirSync(FOLDER);
const read = () => files.map((file) => readFileSync(FOLDER + file, "utf8"));

const before = read();
execFileSync("npx", ["lingui", "extract", "--clean"], { cwd: import.meta.dirname, stdio: "pipe" });
const after = read();
const problems = files.flatMap((file, place) => {
  const missing = [...after[place].matchAll(/^msgid ("(?:.+|"\n".*))\nmsgstr ""\n(?!")/gm)];
  return [
    ...(before[place] === after[place] ? [] : [`${file} was out of date and is written anew`]),
    ...missing.map(([, text]) => `${file} does not translate ${text.slice(0, 70)}`),
  ];
});
if (problems.length > 0) {
  const next = "Run `npm run messages` and translate what is empty in src/locales.";
  process.stderr.write(`${[...problems, next].join("\n")}\n`);
  process.exit(1);
}
