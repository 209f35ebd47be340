import { screen, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { makeAd, makeBot } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

const bots = [makeBot({ id: 7, bot_name: "Desk", username: "desk_bot", status: "running" })];
const chosen = { platform_bot_id: 7, separate_launcher: false };

async function openNotices(user: ReturnType<typeof renderApp>["user"], name: RegExp) {
  const [menu] = await screen.findAllByRole("button", { name });
  if (!menu) throw new Error("there is no user menu");
  await user.click(menu);
  await user.click(await screen.findByRole("menuitem", { name: "Notices" }));
  return within(await screen.findByRole("dialog", { name: "Notices" }));
}

test("a chat is linked by opening a link in Telegram, and unlinked", async () => {
  const { user, backend } = renderApp("/bots", { as: "operator", bots, workspace: chosen });
  const dialog = await openNotices(user, /operator/);
  await user.click(await dialog.findByRole("button", { name: "Link a chat" }));
  const link = await dialog.findByRole("link", { name: "Open in Telegram" });
  expect(link.getAttribute("href")).toBe("https://t.me/desk_bot?start=mychat_code");
  backend.state.chat = "Ann @ann";
  expect(await dialog.findByText(/Ann @ann with @desk_bot/, {}, { timeout: 5000 })).toBeTruthy();
  await user.click(dialog.getByRole("button", { name: "Unlink" }));
  const sure = within(await screen.findByRole("dialog", { name: "Unlink your chat?" }));
  await user.click(sure.getByRole("button", { name: "Unlink" }));
  await vi.waitFor(() => expect(backend.state.chat).toBeNull());
});

test("everybody chooses by which way to be told of what", async () => {
  const { user, backend } = renderApp("/bots", { as: "operator", bots });
  const dialog = await openNotices(user, /operator/);
  expect(await dialog.findByText(/No bot is chosen/)).toBeTruthy();
  await user.selectOptions(await dialog.findByLabelText("Your bot is in error"), "Nothing");
  await vi.waitFor(() => expect(backend.state.notices.bot_error).toBe("none"));
});

test("an admin chooses the platform's bot and that an ad takes two people", async () => {
  const { user, backend } = renderApp("/system?tab=settings", { as: "admin", bots });
  const card = within(await screen.findByRole("region", { name: "The platform's bot" }));
  await user.click(card.getByRole("button", { name: "Show bot" }));
  await user.click(await screen.findByRole("option", { name: "Desk" }));
  await user.click(card.getByRole("button", { name: "Save" }));
  expect(await card.findByText(/Desk, @desk_bot/)).toBeTruthy();
  await user.click(screen.getByLabelText("Require two people"));
  await vi.waitFor(() => expect(backend.state.workspace.separate_launcher).toBe(true));
});

test("a test goes to one's own chat where one is linked", async () => {
  const ads = [makeAd({ id: 3 })];
  const { user, backend } = renderApp("/ads/3", { as: "operator", bots, ads, chat: "Ann @ann" });
  await user.click(await screen.findByRole("button", { name: "Test" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Send a test" }));
  expect(await dialog.findByLabelText("To my chat: Ann @ann")).toHaveProperty("checked", true);
  await user.click(dialog.getByRole("button", { name: "Send" }));
  await vi.waitFor(() => expect(backend.bodies).toContainEqual({ bot_id: 7, my_chat: true }));
});

test("the launch dialog says why somebody else has to launch", async () => {
  const ads = [makeAd({ id: 3, status: "approved", operator_id: 2 })];
  const workspace = { platform_bot_id: null, separate_launcher: true };
  const { user } = renderApp("/ads/3", { as: "operator", bots, ads, workspace });
  await user.click(await screen.findByRole("button", { name: "Broadcast" }));
  expect(await screen.findByText(/somebody else has to launch it/)).toBeTruthy();
  expect(screen.getByRole("button", { name: /^Send to/ })).toHaveProperty("disabled", true);
});
