import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderApp } from "@/testing/render-app";

test("an operator erases a person after being asked once more", async () => {
  const { user, backend } = renderApp("/privacy", { as: "operator" });
  const erase = await screen.findByRole("button", { name: "Erase" });
  await user.type(screen.getByLabelText("Telegram user id"), "12 34");
  expect(erase.getAttribute("disabled") ?? erase.getAttribute("aria-disabled")).not.toBeNull();
  await user.clear(screen.getByLabelText("Telegram user id"));
  await user.type(screen.getByLabelText("Telegram user id"), "5551234567");
  await user.click(erase);
  const dialog = within(await screen.findByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Erase person" }));
  expect(await screen.findByRole("row", { name: /A person done 21/ })).toBeTruthy();
  expect(backend.asked.filter((line) => line.includes("/api/people/erase"))).toHaveLength(1);
});
