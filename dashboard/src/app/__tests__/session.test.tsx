import { screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { sessionFetch } from "@/api/session";
import { empty, json, problem } from "@/testing/fake-backend/http";
import { makeBot, makeInvitation, makeUser } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";
import { setCookie } from "@/testing/setup";

const PASSWORD = "correct horse battery";

test("a visitor signs in and lands on the page that was asked for", async () => {
  const bots = [makeBot({ bot_name: "City News" })];
  const { user, router } = renderApp(`/bots/${bots[0]?.id}?tab=settings`, {
    users: [makeUser("operator")],
    bots,
  });
  await user.type(await screen.findByLabelText("Username"), "operator");
  await user.type(screen.getByLabelText("Password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByRole("heading", { name: "City News" })).toBeTruthy();
  expect(router.state.location.search).toEqual({ tab: "settings" });
});

test("a wrong password shows the API's words, and nothing for programs", async () => {
  const { user } = renderApp("/sign-in", { users: [makeUser("operator")] });
  await user.type(await screen.findByLabelText("Username"), "operator");
  await user.type(screen.getByLabelText("Password"), "wrong");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("The username or the password is wrong.");
  expect(alert.textContent).not.toContain("req-7f3a");
});

test.each([
  ["https://crier.example", "Open https://crier.example instead."],
  [null, "the browser keeps no cookies of this page"],
])("a browser that drops the cookies is told so (public URL %s)", async (public_url, words) => {
  const { user, backend } = renderApp("/sign-in", { users: [makeUser("operator")] });
  const tokens = { access_token: "a", refresh_token: "r", token_type: "Bearer", expires_in: 900 };
  backend.override("POST /api/auth/login", () =>
    json({ ...tokens, user: makeUser("operator"), public_url }),
  );
  await user.type(await screen.findByLabelText("Username"), "operator");
  await user.type(screen.getByLabelText("Password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect((await screen.findByRole("alert")).textContent).toContain(words);
  expect(screen.getByRole("heading", { name: "Sign in" })).toBeTruthy();
});

test("too many tries say when to try again", async () => {
  const { user, backend } = renderApp("/sign-in");
  backend.override("POST /api/auth/login", () =>
    problem(429, "Too many sign-ins.", { headers: { "Retry-After": "42" } }),
  );
  await user.type(await screen.findByLabelText("Username"), "operator");
  await user.type(screen.getByLabelText("Password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Try again in 42 s.");
});

test("a visitor registers and is signed in, unless registration is closed", async () => {
  const { user, backend } = renderApp("/register", { registration: "closed" });
  await user.type(await screen.findByLabelText("Username"), "newcomer");
  await user.type(screen.getByLabelText("Password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Create account" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Registration is closed.");
  backend.state.registration = "open";
  await user.click(screen.getByRole("button", { name: "Create account" }));
  expect(await screen.findByRole("heading", { name: "Ads" })).toBeTruthy();
});

test("an invitation makes an account of its role and signs in with it", async () => {
  const { user, backend } = renderApp("/join#join_fake", {
    invitations: [makeInvitation("operator")],
  });
  await user.type(await screen.findByLabelText("Username"), "newcomer");
  await user.type(screen.getByLabelText("Password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Create account" }));
  expect(await screen.findByRole("heading", { name: "Home" })).toBeTruthy();
  expect(backend.state.signedIn?.role).toBe("operator");
});

test("an expired session is renewed once, and the page does not notice", async () => {
  const bots = [makeBot({ bot_name: "City News" }), makeBot({ bot_name: "Film Club" })];
  const { backend } = renderApp("/bots", { as: "operator", bots });
  const expired = () => problem(401, "The access token has expired.");
  backend.override("GET /api/auth/me", expired, 1);
  backend.override("GET /api/bots", expired, 1);
  backend.override("POST /api/auth/refresh", () => {
    setCookie("crier_refresh_csrf", "the next one");
    return empty();
  });
  expect(await screen.findByText("City News")).toBeTruthy();
  expect(screen.queryByLabelText("Password")).toBeNull();
});

test("who is signed out in mid-typing signs in over it, and the save goes on", async () => {
  const { user, backend } = renderApp("/ads/new", { as: "operator" });
  await user.click(await screen.findByRole("button", { name: "Source" }));
  await user.type(screen.getByLabelText("Text"), "Half");
  backend.state.signedIn = null;
  setCookie("crier_refresh_csrf", "");
  await user.click(screen.getByRole("button", { name: "Create ad" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Sign in again" }));
  await user.type(dialog.getByLabelText("Password"), PASSWORD);
  await user.click(dialog.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(backend.state.ads[0]?.content).toBe("Half"));
  expect(await screen.findByRole("heading", { name: "Half" })).toBeTruthy();
});

test("who does not sign in again is led to the sign-in page", async () => {
  const bot = makeBot();
  const { user, backend } = renderApp(`/bots/${bot.id}`, { as: "operator", bots: [bot] });
  await screen.findByRole("heading", { name: bot.bot_name });
  backend.state.signedIn = null;
  setCookie("crier_refresh_csrf", "");
  await user.click(await screen.findByRole("button", { name: /^Sign in another way/ }));
  expect(await screen.findByLabelText("Username")).toBeTruthy();
});

test("signing out forgets everything and shows the sign-in page", async () => {
  const { user, backend } = renderApp("/bots", { as: "operator", bots: [makeBot()] });
  await screen.findByRole("table");
  const [menu] = screen.getAllByRole("button", { name: /operator/ });
  if (!menu) throw new Error("there is no user menu");
  await user.click(menu);
  await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
  expect(await screen.findByLabelText("Password")).toBeTruthy();
  await waitFor(() => expect(backend.state.signedIn).toBeNull());
});

test("people see where they are signed in, and end all others", async () => {
  const { user, backend } = renderApp("/bots", { as: "operator", bots: [makeBot()] });
  await screen.findByRole("table");
  const [menu] = screen.getAllByRole("button", { name: /operator/ });
  if (!menu) throw new Error("there is no user menu");
  await user.click(menu);
  await user.click(await screen.findByRole("menuitem", { name: "Sessions" }));
  expect(await screen.findByText("Old phone")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "End all others" }));
  await waitFor(() => expect(screen.queryByText("Old phone")).toBeNull());
  expect(backend.state.sessions).toHaveLength(1);
});

test("a sign-in page never sends anybody to another site", async () => {
  const { user, router } = renderApp("/sign-in?next=//evil.example", {
    users: [makeUser("operator")],
  });
  await user.type(await screen.findByLabelText("Username"), "operator");
  await user.type(screen.getByLabelText("Password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByRole("heading", { name: "Home" });
  expect(router.state.location.pathname).toBe("/");
});

test("by https the cookies of this very host count, and not what another one planted", async () => {
  const cookies = "crier_csrf=planted; __Host-crier_csrf=ours";
  vi.spyOn(document, "cookie", "get").mockReturnValue(cookies);
  const fetch = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("{}"));
  await sessionFetch(new Request("http://localhost/api/bots", { method: "POST" }));
  const sent = fetch.mock.calls[0]?.[0];
  expect(sent instanceof Request && sent.headers.get("X-CSRF-TOKEN")).toBe("ours");
  vi.restoreAllMocks();
});
