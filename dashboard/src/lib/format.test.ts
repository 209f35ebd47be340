import { expect, test } from "vitest";
import { moneys } from "./format";

test("a currency in which nothing was earned is not named beside others", () => {
  const some = [
    { amount: "120.00", currency: "EUR" },
    { amount: "0.00", currency: "USD" },
  ];
  expect(moneys(some)).toBe("120.00 EUR");
  expect(moneys(some.slice(1))).toBe("0.00 USD");
  expect(moneys([])).toBe("nothing");
});
