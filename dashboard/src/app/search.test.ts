import { expect, test } from "vitest";
import * as search from "./search";

test("a number that somebody has typed chooses as its text does, and what is none is left out", () => {
  expect(search.overview.parse({ days: 7 })).toEqual({ days: "7" });
  expect(search.overview.parse({ days: "7" })).toEqual({ days: "7" });
  expect(search.overview.parse({ days: 8 }).days).toBeUndefined();
});
