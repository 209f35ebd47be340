import { expect, test } from "vitest";
import { money, moneys } from "./format";

test("a currency in which nothing was earned is not named beside others", () => {
  const some = [
    { amount: "120.00", currency: "EUR" },
    { amount: "0.00", currency: "USD" },
  ];
  expect(moneys(some)).toBe("120.00 EUR");
  expect(moneys(some.slice(1))).toBe("0.00 USD");
  expect(moneys([])).toBe("nothing");
});

test("an amount keeps all its digits, as the language writes them", () => {
  expect(money("12345678901234567.05", "EUR")).toBe("12,345,678,901,234,567.05 EUR");
  expect(money("7")).toBe("7");
});
