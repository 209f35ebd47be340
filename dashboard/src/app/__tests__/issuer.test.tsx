import { screen, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { problem } from "@/testing/fake-backend/http";
import { makeIdentity, makeUser } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

const left = vi.hoisted(() => vi.fn());
vi.mock("@/lib/leave", () => ({ leave: left }));
beforeEach(() => {
  left.mockClear();
  sessionStorage.clear();
});

const BACK = "/sign-in/callback?code=code&state=s";

test("who comes back from the issuer is signed in, once", async () => {
  const given = { users: [makeUser("operator")], issuer: "Works", identities: [makeIdentity()] };
  const first = renderApp("/sign-in?next=%2Fads", given);
  await first.user.click(await screen.findByRole("button", { name: "Sign in with Works" }));
  expect(left.mock.calls).toEqual([["https://issuer.example/authorize"]]);
  const { router } = renderApp(BACK, given);
  await vi.waitFor(() => expect(router.state.location.pathname).toBe("/ads"));
  renderApp(BACK, given);
  expect(await screen.findByText(/begun in another tab/)).toBeTruthy();
});

test("an answer to nothing that this tab has begun signs nobody in", async () => {
  const { backend } = renderApp(BACK, { users: [makeUser("operator")], issuer: "Works" });
  expect(await screen.findByText(/begun in another tab/)).toBeTruthy();
  expect(backend.asked.filter((route) => route.startsWith("POST"))).toEqual([]);
});

test("what the issuer and the platform refuse is said", async () => {
  const trip = { challenge: "c", purpose: "sign in", next: "/" };
  sessionStorage.setItem("crier.issuer", JSON.stringify(trip));
  renderApp("/sign-in/callback?error=access_denied", { issuer: "Works" });
  expect(await screen.findByText(/it was refused/)).toBeTruthy();
  sessionStorage.setItem("crier.issuer", JSON.stringify(trip));
  renderApp(BACK, { issuer: "Works" });
  expect(await screen.findByText(/No account is linked/)).toBeTruthy();
});

test("without passwords the form stands behind the other ways", async () => {
  renderApp("/sign-in", { issuer: "Works", passwords: false });
  expect(await screen.findByText("You are an admin and have no other way?")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Sign in with Works" })).toBeTruthy();
});

test("an identity is linked and unlinked under the ways to sign in", async () => {
  const given = { issuer: "Works", identities: [makeIdentity({ name: "nora" })] };
  const { user, backend } = renderApp("/bots", { as: "operator", ...given });
  const [menu] = await screen.findAllByRole("button", { name: /operator/ });
  if (!menu) throw new Error("there is no user menu");
  await user.click(menu);
  await user.click(await screen.findByRole("menuitem", { name: "Ways to sign in" }));
  const ways = within(await screen.findByRole("region", { name: "Linked identities" }));
  await user.click(ways.getByRole("button", { name: "Unlink nora" }));
  await user.click(await screen.findByRole("button", { name: "Unlink" }));
  await vi.waitFor(() => expect(backend.state.identities).toEqual([]));
  await user.click(ways.getByRole("button", { name: "Link your identity at Works" }));
  await vi.waitFor(() => expect(left).toHaveBeenCalled());
  expect(JSON.parse(sessionStorage.getItem("crier.issuer") ?? "").next).toBe("/");
});

test("whoever has no password proves to be there at the issuer", async () => {
  const { user, backend } = renderApp("/users", { as: "admin", issuer: "Works" });
  await user.click(await screen.findByRole("button", { name: "Add account" }));
  const type = "urn:crier:problem:reauthentication-required";
  backend.override("POST /api/users", () => problem(403, "Confirm.", { type }), 1);
  const form = within(await screen.findByRole("dialog", { name: "Add an account" }));
  await user.type(form.getByLabelText("Username"), "berta");
  await user.click(form.getByRole("button", { name: "Add account" }));
  const proof = within(await screen.findByRole("dialog", { name: /it is you/ }));
  await user.click(await proof.findByRole("button", { name: "Sign in again with Works" }));
  await vi.waitFor(() => expect(backend.bodies).toContainEqual({ issuer: "openid", again: true }));
});

test("an invitation is accepted at the issuer", async () => {
  const given = { users: [makeUser("operator")], issuer: "Works", identities: [makeIdentity()] };
  const { user } = renderApp("/join#join_token", given);
  await user.click(await screen.findByRole("button", { name: "Sign in with Works" }));
  await vi.waitFor(() => expect(left).toHaveBeenCalled());
  const { backend } = renderApp(BACK, given);
  const sent = { challenge: "c", code: "code", state: "s", invitation: "join_token" };
  await vi.waitFor(() => expect(backend.bodies).toContainEqual(sent));
});
