import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderApp } from "@/testing/render-app";

const LINE = {
  id: 1,
  at: "2026-11-02T09:30:00Z",
  actor_id: 1,
  actor: "adam",
  ip: "192.0.2.7",
  action: "user.new_device",
  object_type: "user",
  object_id: "1",
  organisation_id: null,
  details: { user_agent: "Old phone" },
  kind: "new_device" as const,
};
const FAILED = {
  ...LINE,
  id: 2,
  ip: null,
  actor: "system",
  action: "user.sign_in_failed",
  details: { username: "adam", network: "2001:db8::/64", failures: 12 },
  kind: "failed_sign_in" as const,
};
const ROLE = {
  ...LINE,
  id: 3,
  actor: "alice",
  action: "user.update",
  details: {
    before: { username: "adam", role: "advertiser", is_active: true, may_review: false },
    after: { username: "adam", role: "operator", is_active: true, may_review: true },
  },
  kind: "role" as const,
};

test("everybody reads in words what happened to the account, and goes to the sessions", async () => {
  const { user } = renderApp("/ads", { as: "advertiser", events: [LINE, FAILED, ROLE] });
  await user.click(await screen.findByRole("link", { name: "Security" }));
  const table = within(await screen.findByRole("table", { name: "Security events" }));
  expect(table.getByText(/Signed in from Old phone/)).toBeTruthy();
  expect(table.getByText(/12 wrong passwords for adam/)).toBeTruthy();
  expect(table.getByText("2001:db8::/64")).toBeTruthy();
  expect(
    table.getByText(/adam is operator now, was advertiser and may review ads now/),
  ).toBeTruthy();
  expect(table.getByText(/end the other sessions and change your password/)).toBeTruthy();
  expect(screen.queryByLabelText("Username")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Where you are signed in" }));
  expect(await screen.findByText("Firefox")).toBeTruthy();
});

test("an admin narrows them by person, kind and time, in the address", async () => {
  const { user, router, backend } = renderApp("/security?person=adam", {
    as: "admin",
    events: [LINE, FAILED, ROLE],
  });
  expect(await screen.findByText(/Old phone/)).toBeTruthy();
  expect(screen.queryByText(/12 wrong/)).toBeNull();
  await user.selectOptions(screen.getByLabelText("Since"), "7");
  await user.selectOptions(screen.getByLabelText("Kind"), "role");
  expect(await screen.findByText("Nothing to look at")).toBeTruthy();
  expect(router.state.location.search).toEqual({ person: "adam", kind: "role", days: "7" });
  await waitFor(() => expect(backend.queries.at(-1)?.get("since")).toBeTruthy());
});
