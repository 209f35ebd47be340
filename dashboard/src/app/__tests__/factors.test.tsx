import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeUser } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

const PASSWORD = "correct horse battery";

test("a sign-in with a second factor asks for a code, and says when it is wrong", async () => {
  const { user } = renderApp("/sign-in", { users: [makeUser("operator")], code: "123456" });
  await user.type(await screen.findByLabelText("Username"), "operator");
  await user.type(screen.getByLabelText("Password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await user.type(await screen.findByLabelText("Code"), "000000");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect((await screen.findByRole("alert")).textContent).toContain("This code is wrong.");
  await user.clear(screen.getByLabelText("Code"));
  await user.type(screen.getByLabelText("Code"), "123456");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByRole("heading", { name: "Home" })).toBeTruthy();
});

test("who must have a second factor can do nothing but add one, and sees the codes once", async () => {
  const operator = makeUser("operator", { must_add_factor: true });
  const { user, backend } = renderApp("/bots", { users: [operator] });
  await user.type(await screen.findByLabelText("Username"), "operator");
  await user.type(screen.getByLabelText("Password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await user.click(await screen.findByRole("button", { name: "Add an app" }));
  expect(screen.queryByRole("navigation")).toBeNull();
  expect(await screen.findByRole("img", { name: "QR code for the app" })).toBeTruthy();
  await user.type(screen.getByLabelText("Code that the app shows"), "123456");
  await user.click(screen.getByRole("button", { name: "Confirm" }));
  expect(await screen.findByText("aaaa-bbbb")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "I have kept them" }));
  expect(await screen.findByRole("heading", { name: "Bots" })).toBeTruthy();
  await waitFor(() => expect(backend.state.code).toBe("123456"));
});

test("an app is removed, and a second look says that there is none", async () => {
  const { user, backend } = renderApp("/bots", { as: "operator", code: "123456" });
  const [menu] = await screen.findAllByRole("button", { name: /operator/ });
  if (!menu) throw new Error("there is no user menu");
  await user.click(menu);
  await user.click(await screen.findByRole("menuitem", { name: "Ways to sign in" }));
  await user.click(await screen.findByRole("button", { name: "Remove app" }));
  const sure = within(await screen.findByRole("dialog", { name: "Remove the app?" }));
  await user.click(sure.getByRole("button", { name: "Remove app" }));
  expect(await screen.findByRole("button", { name: "Add an app" })).toBeTruthy();
  expect(backend.state.code).toBeNull();
});

test("an admin takes factors away from somebody who has lost them", async () => {
  const other = makeUser("operator", { username: "olga" });
  const { user, backend } = renderApp("/users", { as: "admin", users: [other] });
  await user.click(await screen.findByRole("button", { name: "Manage olga" }));
  await user.click(await screen.findByRole("button", { name: "Remove second factors" }));
  const sure = within(await screen.findByRole("dialog", { name: /second factors of olga/ }));
  await user.click(sure.getByRole("button", { name: "Remove" }));
  const wanted = `DELETE /api/users/${other.id}/factors`;
  await waitFor(() => expect(backend.asked).toContain(wanted));
});
