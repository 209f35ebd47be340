import { beforeAll, expect, test } from "vitest";
import { type Problem, problemFrom } from "@/api/problem";
import refusals from "@/api/refusals.json";
import { worded } from "@/api/worded";
import { speak } from "@/lib/language";

beforeAll(() => speak("ru"));

test("has a Russian text for every refusal of the API, with its values", () => {
  const withWords = refusals.filter((text) => /[a-z]{2}/i.test(text.replaceAll(/\{\w+\}/g, "")));
  for (const text of withWords) {
    const filled = text.replaceAll(/\{(\w+)\}/g, "7");
    const said = worded(filled);
    expect.soft(said, text).toMatch(/[а-яё]/i);
    expect.soft(said, text).not.toMatch(/\{\w+\}/);
  }
});

test("words what fills a gap too, and leaves what it does not know", () => {
  expect(worded("has a link that is longer than 2048 characters (https://ads.example.com)")).toBe(
    "в ссылке ошибка: длиннее 2048 символов (https://ads.example.com)",
  );
  expect(
    worded("as many event streams are open as may be: close a page, or try again in 5 s"),
  ).toBe("открыто слишком много страниц с живыми данными: закройте одну или повторите через 5 с");
  expect(worded("Forbidden by somebody.")).toBe("Forbidden by somebody.");
});

test("words a problem as a whole, and field by field", () => {
  const body = (detail: string, errors?: Problem["fields"]) =>
    problemFrom(new Response(null, { status: 422 }), { detail, errors });
  expect(body("no such ad").message).toBe("такого объявления нет");
  const fields = [
    { field: "username", message: "is reserved: take another" },
    { field: "role", message: "Field required" },
  ];
  const whole = body("username: is reserved: take another; role: Field required", fields);
  expect(whole.message).toBe(
    "username: это имя занято системой: возьмите другое; role: заполните это поле",
  );
  expect(whole.byField.role).toBe("заполните это поле");
});
