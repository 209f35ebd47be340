import { screen, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { problem } from "@/testing/fake-backend/http";
import { makePasskey, makeUser } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

/** A browser whose device makes and uses passkeys at once, or not at all. */
function withDevice({ refuses = false } = {}) {
  const answer = async () => {
    if (refuses) throw new DOMException("cancelled", "NotAllowedError");
    return { toJSON: () => ({ id: "a" }) };
  };
  const parse = (options: unknown) => options;
  vi.stubGlobal("PublicKeyCredential", {
    parseCreationOptionsFromJSON: parse,
    parseRequestOptionsFromJSON: parse,
  });
  vi.stubGlobal("navigator", {
    ...navigator,
    userAgent: navigator.userAgent,
    credentials: { create: answer, get: answer },
  });
}

async function openWays(given: Parameters<typeof renderApp>[1]) {
  const app = renderApp("/bots", { as: "operator", ...given });
  const [menu] = await screen.findAllByRole("button", { name: /operator/ });
  if (!menu) throw new Error("there is no user menu");
  await app.user.click(menu);
  await app.user.click(await screen.findByRole("menuitem", { name: "Ways to sign in" }));
  return { ...app, ways: within(await screen.findByRole("region", { name: "Passkeys" })) };
}

test("a passkey signs in without a name, and what is cancelled can be tried again", async () => {
  withDevice({ refuses: true });
  const passkeys = [makePasskey()];
  const { user } = renderApp("/sign-in", { users: [makeUser("operator")], passkeys });
  await user.click(await screen.findByRole("button", { name: "Sign in with a passkey" }));
  expect((await screen.findByRole("alert")).textContent).toContain("The browser gave none.");
  withDevice();
  await user.click(screen.getByRole("button", { name: "Sign in with a passkey" }));
  expect(await screen.findByRole("heading", { name: "Home" })).toBeTruthy();
});

test("a passkey is added with a name, its codes are shown once, and it is renamed", async () => {
  withDevice();
  const { user, backend, ways } = await openWays({});
  await user.type(ways.getByLabelText("Name of the new passkey"), "Laptop");
  await user.click(ways.getByRole("button", { name: "Add a passkey" }));
  expect(await screen.findByText("aaaa-bbbb")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "I have kept them" }));
  await user.click(await screen.findByRole("button", { name: "Rename Laptop" }));
  const form = within(await screen.findByRole("dialog", { name: "Rename Laptop" }));
  await user.clear(form.getByLabelText("Name"));
  await user.type(form.getByLabelText("Name"), "Work");
  await user.click(form.getByRole("button", { name: "Rename passkey" }));
  expect(await screen.findByRole("button", { name: "Rename Work" })).toBeTruthy();
  expect(backend.state.passkeys.map(({ name }) => name)).toEqual(["Work"]);
});

test("a passkey is removed, and where none works it is said", async () => {
  const { user, backend, ways } = await openWays({ passkeys: [makePasskey({ name: "Old" })] });
  expect(ways.getByText(/cannot make passkeys/)).toBeTruthy();
  await user.click(ways.getByRole("button", { name: "Remove Old" }));
  const sure = within(await screen.findByRole("dialog", { name: /the passkey Old/ }));
  await user.click(sure.getByRole("button", { name: "Remove passkey" }));
  expect(await screen.findByRole("button", { name: "Add an app" })).toBeTruthy();
  await vi.waitFor(() => expect(backend.state.passkeys).toEqual([]));
});

test("a passkey is the second step, and proves that it is you", async () => {
  withDevice();
  const given = { users: [makeUser("admin")], code: "123456", passkeys: [makePasskey()] };
  const { user, backend } = renderApp("/sign-in?next=/users", given);
  await user.type(await screen.findByLabelText("Username"), "admin");
  await user.type(screen.getByLabelText("Password"), "correct horse battery");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await user.click(await screen.findByRole("button", { name: "Use a passkey" }));
  await user.click(await screen.findByRole("button", { name: "Add account" }));
  const type = "urn:crier:problem:reauthentication-required";
  backend.override("POST /api/users", () => problem(403, "Confirm.", { type }), 1);
  const form = within(await screen.findByRole("dialog", { name: "Add an account" }));
  await user.type(form.getByLabelText("Username"), "berta");
  await user.click(form.getByRole("button", { name: "Add account" }));
  const proof = within(await screen.findByRole("dialog", { name: /it is you/ }));
  await user.click(await proof.findByRole("button", { name: "Use a passkey" }));
  expect(await form.findByLabelText("Password of berta")).toBeTruthy();
});
