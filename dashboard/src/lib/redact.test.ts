import { expect, test } from "vitest";
import secrets from "../../../tests/support/secrets.json";
import { scrubAll } from "./redact";

test.each(secrets)("$secret does not get through", ({ text, secret }) => {
  const event = { exception: { values: [{ value: text, frames: [text] }] }, level: "error", at: 1 };
  const left = scrubAll(event);
  expect(JSON.stringify(left)).not.toContain(secret);
  expect(left).toMatchObject({ level: "error", at: 1 });
});

test("what is no secret stays as it is", () => {
  const text = "TypeError: rows is null at https://crier.example.com/bots/17?status=error";
  expect(scrubAll({ text, none: null, list: [1, true] })).toEqual({
    text,
    none: null,
    list: [1, true],
  });
});
