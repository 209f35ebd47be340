/** Imports point one way: app → features → components → lib → api, and features stand alone. */
import { expect, test } from "vitest";

const FILES = import.meta.glob<string>("/src/**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});

const LAYERS = ["api", "lib", "components", "features", "app", "start.tsx", "main.ts"];
const ORDERED = Object.entries(FILES).filter(
  ([file]) => !file.includes("/testing/") && !file.includes("__tests__"),
);

function imports(source: string): string[] {
  return Array.from(source.matchAll(/from "@\/([^"]+)"/g), ([, path]) => path ?? "");
}

test("no layer imports one above it, and no feature another feature", () => {
  const wrong = ORDERED.flatMap(([file, source]) => {
    const [, , layer = "", feature] = file.split("/");
    return imports(source)
      .filter((path) => {
        const [otherLayer = "", otherFeature] = path.split("/");
        const above = LAYERS.indexOf(otherLayer) > LAYERS.indexOf(layer);
        return (
          above || (layer === "features" && otherLayer === "features" && feature !== otherFeature)
        );
      })
      .map((path) => `${file} imports ${path}`);
  });
  expect(ORDERED.length).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});
