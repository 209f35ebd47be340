import { screen, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { renderApp } from "@/testing/render-app";

test("who has forgotten the password gets a link, and takes a new one by it", async () => {
  const { user } = renderApp("/sign-in", { mail: "" });
  await user.click(await screen.findByRole("link", { name: "Forgotten your password?" }));
  expect(await screen.findByRole("heading", { name: "Forgotten password" })).toBeTruthy();
  await user.type(screen.getByLabelText("Username"), "nora");
  await user.click(screen.getByRole("button", { name: "Send me a link" }));
  expect(await screen.findByText(/a link is on its way/)).toBeTruthy();
});

test("a new password is taken by a link, and a bad link says so", async () => {
  const good = renderApp("/reset-password#v1.link", { mail: "" });
  await good.user.type(await screen.findByLabelText(/New password/), "seven wet otters");
  await good.user.click(screen.getByRole("button", { name: "Change password" }));
  expect(await screen.findByText(/Your password is changed/)).toBeTruthy();
  expect(good.backend.bodies).toContainEqual({ token: "v1.link", password: "seven wet otters" });
  const bad = renderApp("/confirm-mail#v1.other", { mail: "" });
  await bad.user.click(await screen.findByRole("button", { name: "Confirm" }));
  expect(await screen.findByText(/This link is not good/)).toBeTruthy();
});

test("a mail address is set and removed under the ways to sign in", async () => {
  const { user, backend } = renderApp("/bots", { as: "operator", mail: "" });
  const [menu] = await screen.findAllByRole("button", { name: /operator/ });
  if (!menu) throw new Error("there is no user menu");
  await user.click(menu);
  await user.click(await screen.findByRole("menuitem", { name: "Ways to sign in" }));
  const mail = within(await screen.findByRole("region", { name: "Mail" }));
  await user.type(mail.getByLabelText("Your mail address"), "nora@example.com");
  await user.click(mail.getByRole("button", { name: "Send a link there" }));
  expect(await mail.findByText(/open the link that was sent there/)).toBeTruthy();
  await user.click(mail.getByRole("button", { name: "Remove" }));
  await vi.waitFor(() => expect(backend.state.mail).toBe(""));
});
