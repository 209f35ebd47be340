import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeBot, makeKey, makeUser } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

async function openKeys(keys = [makeKey()]) {
  const app = renderApp("/bots", { as: "operator", bots: [makeBot()], keys });
  await screen.findByRole("table");
  const [menu] = screen.getAllByRole("button", { name: /operator/ });
  if (!menu) throw new Error("there is no user menu");
  await app.user.click(menu);
  await app.user.click(await screen.findByRole("menuitem", { name: "API keys" }));
  return { ...app, dialog: within(await screen.findByRole("dialog", { name: "API keys" })) };
}

test("a key is made with the scopes that are chosen, and shown once", async () => {
  const { user, backend, dialog } = await openKeys([]);
  await user.type(dialog.getByLabelText("Name"), "shop");
  await user.click(dialog.getByLabelText("Write ads"));
  await user.click(dialog.getByRole("button", { name: "Make a key" }));
  expect(await dialog.findByDisplayValue("crier_made")).toBeTruthy();
  expect(backend.bodies.at(backend.asked.indexOf("POST /api/auth/keys"))).toEqual({
    name: "shop",
    scopes: ["read", "ads"],
  });
  expect(await dialog.findByText("operator: read, ads")).toBeTruthy();
});

test("a key shows its last use, and is rotated while the old one goes on", async () => {
  const { user, dialog } = await openKeys();
  expect((await dialog.findByText(/from 192\.0\.2\.9/)).textContent).toContain("ends");
  await user.click(dialog.getByRole("button", { name: "Rotate" }));
  const confirm = within(await screen.findByRole("dialog", { name: "Rotate nightly export?" }));
  await user.click(confirm.getByRole("button", { name: "Rotate" }));
  expect(await screen.findByDisplayValue("crier_rotated")).toBeTruthy();
  await waitFor(() => expect(dialog.getAllByRole("listitem")).toHaveLength(2));
  expect(dialog.getByText(/· rotated/)).toBeTruthy();
});

test("a key that ended is not shown, and one that is revoked goes", async () => {
  const { user, dialog } = await openKeys([
    makeKey({ name: "of last year", expires_at: "2020-01-01T00:00:00Z" }),
    makeKey({ name: "of now" }),
  ]);
  expect(await dialog.findByText("of now")).toBeTruthy();
  expect(dialog.queryByText("of last year")).toBeNull();
  await user.click(dialog.getByRole("button", { name: "Revoke" }));
  await waitFor(() => expect(dialog.queryByText("of now")).toBeNull());
});

test("an admin sees and revokes the keys of an account", async () => {
  const { user, backend } = renderApp("/users", {
    as: "admin",
    users: [makeUser("operator", { username: "oscar" })],
    keys: [makeKey({ name: "forgotten" })],
  });
  await user.click(await screen.findByRole("button", { name: "Manage oscar" }));
  const dialog = within(await screen.findByRole("dialog", { name: "oscar" }));
  expect(await dialog.findByText("forgotten")).toBeTruthy();
  await user.click(dialog.getByRole("button", { name: "Revoke" }));
  await waitFor(() => expect(backend.state.keys).toHaveLength(0));
});
