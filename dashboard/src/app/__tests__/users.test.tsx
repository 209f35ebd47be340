import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeUser } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

test("an admin invites somebody, and takes an invitation back", async () => {
  const { user, backend } = renderApp("/users", { as: "admin" });
  await user.click(await screen.findByRole("button", { name: "Invite" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Invite somebody" }));
  await user.selectOptions(dialog.getByLabelText("Role"), "operator");
  await user.click(dialog.getByRole("button", { name: "Make the link" }));
  const link = await dialog.findByLabelText<HTMLInputElement>("Link");
  expect(link.value).toContain("/join#join_fake");
  await user.click(dialog.getByRole("button", { name: "Close" }));
  await user.click(await screen.findByRole("button", { name: "Revoke" }));
  await waitFor(() => expect(backend.state.invitations).toEqual([]));
});

test("an admin adds an account, and its password is shown once", async () => {
  const { user, backend } = renderApp("/users", { as: "admin" });
  await user.click(await screen.findByRole("button", { name: "Add account" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Add an account" }));
  await user.type(dialog.getByLabelText("Username"), "berta");
  await user.click(dialog.getByRole("button", { name: "Add account" }));
  const shown = await dialog.findByLabelText<HTMLInputElement>("Password of berta");
  expect(shown.value).toBe("made-up-password");
  expect(backend.state.users.at(-1)?.role).toBe("advertiser");
});

test("an admin renames, resets and deletes an account", async () => {
  const other = makeUser("operator", { username: "olga" });
  const { user, backend } = renderApp("/users", { as: "admin", users: [other] });
  await user.click(await screen.findByRole("button", { name: "Manage olga" }));
  await user.click(screen.getByRole("checkbox", { name: /reviews the ads/ }));
  expect(other.may_review).toBe(false);
  await user.clear(screen.getByLabelText("Username"));
  await user.type(screen.getByLabelText("Username"), "olive");
  await user.click(screen.getByRole("button", { name: "Rename" }));
  await user.click(await screen.findByRole("button", { name: "Reset password" }));
  const sure = within(await screen.findByRole("dialog", { name: /Reset the password of/ }));
  await user.click(sure.getByRole("button", { name: "Reset password" }));
  expect(await screen.findByDisplayValue("another-password")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Delete account" }));
  const last = within(await screen.findByRole("dialog", { name: "Delete olive?" }));
  expect(await last.findByText(/2 bots with 30 chats and 70 messages/)).toBeTruthy();
  await user.click(last.getByRole("button", { name: "Delete account" }));
  expect(await screen.findByText(/is deleted/)).toBeTruthy();
  expect(backend.state.users.some(({ username }) => username === "olive")).toBe(false);
});
