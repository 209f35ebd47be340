import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeUser } from "@/testing/fake-backend/makers";
import { permissionsOf } from "@/testing/fake-backend/permissions";
import { renderApp } from "@/testing/render-app";

const MEMBER = {
  user_id: 800,
  username: "adam",
  role: "advertiser" as const,
  withheld: [],
  is_active: true,
  created_at: "2026-11-02T09:30:00Z",
};

function inTeam(role: "owner" | "viewer", path: string) {
  const app = renderApp(path, { as: "operator", members: [MEMBER] });
  const { signedIn } = app.backend.state;
  if (!signedIn) throw new Error("nobody is signed in");
  const acme = { id: 90, name: "Acme", is_team: true, role };
  signedIn.organisation = acme;
  signedIn.organisations.push(acme);
  if (role === "owner") signedIn.permissions = [...permissionsOf("operator"), "members.edit"];
  return app;
}

test("an owner changes what a member is, removes it and invites another", async () => {
  const { user, backend } = inTeam("owner", "/members");
  expect(await screen.findByRole("heading", { name: "Members of Acme" })).toBeTruthy();
  await user.click(await screen.findByRole("button", { name: "Manage adam" }));
  await user.selectOptions(screen.getByLabelText("Role"), "operator");
  await user.click(screen.getByRole("button", { name: "Change role" }));
  await waitFor(() => expect(backend.state.members[0]?.role).toBe("operator"));
  await user.click(await screen.findByRole("checkbox", { name: "Add and run bots" }));
  await user.click(screen.getByRole("checkbox", { name: "See prices and earnings" }));
  await waitFor(() => expect(backend.state.members[0]?.withheld).toEqual(["bots", "money"]));
  expect(screen.queryByRole("checkbox", { name: "See bots, ads and figures" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "Remove from the team" }));
  const sure = within(await screen.findByRole("dialog", { name: "Remove adam from the team?" }));
  await user.click(sure.getByRole("button", { name: "Remove" }));
  await waitFor(() => expect(backend.state.members).toEqual([]));
  await user.click(await screen.findByRole("button", { name: "Invite" }));
  await user.click(await screen.findByRole("button", { name: "Make the link" }));
  const link = await screen.findByLabelText<HTMLInputElement>("Link");
  expect(link.value).toContain("/join#join_team");
});

test("a viewer of a team sees its members and manages none", async () => {
  inTeam("viewer", "/members");
  expect(await screen.findByText("adam")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Manage adam" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Invite" })).toBeNull();
});

test("the menu switches to another organisation, and each request names the one acted in", async () => {
  const { user, backend } = inTeam("owner", "/members");
  await user.click(
    (await screen.findAllByRole("button", { name: /operator.*Acme/ }))[0] as HTMLElement,
  );
  await user.click(await screen.findByRole("menuitem", { name: "Switch to operator" }));
  await waitFor(() => expect(backend.asked).toContain("PUT /api/auth/organisation"));
  const own = backend.state.signedIn?.id;
  expect(backend.bodies[backend.asked.indexOf("PUT /api/auth/organisation")]).toEqual({
    organisation_id: own,
  });
});

test("whoever works alone has no switch, and is told how to get members", async () => {
  const { user } = renderApp("/members", { as: "operator" });
  expect(await screen.findByText("You work alone here")).toBeTruthy();
  await user.click((await screen.findAllByRole("button", { name: /operator/ }))[0] as HTMLElement);
  expect(await screen.findByRole("menuitem", { name: "Sign out" })).toBeTruthy();
  expect(screen.queryByRole("menuitem", { name: /Switch to/ })).toBeNull();
});

test("a member sees what is used of the quotas, and nothing of those that nobody has set", async () => {
  const { backend } = inTeam("viewer", "/members");
  backend.state.quotas.upload_bytes = { limit: 3 * 2 ** 20, used: 2 ** 20 };
  const table = within(await screen.findByRole("table", { name: "Quotas" }));
  expect(table.getByRole("row", { name: "Uploads 1 MB 3 MB" })).toBeTruthy();
  expect(table.queryByText("Bots")).toBeNull();
});

test("what is nearly used is said where it is added", async () => {
  const { backend } = inTeam("owner", "/bots");
  backend.state.quotas.bots = { limit: 5, used: 4 };
  backend.state.quotas.subscribers = { limit: 1000, used: 799 };
  expect(await screen.findByText("Bots: 4 of 5 used.")).toBeTruthy();
  expect(screen.queryByText(/Subscribers: /)).toBeNull();
});

test("an admin sets quotas of an account, and takes one away by an empty field", async () => {
  const { user, backend } = renderApp("/users", {
    as: "admin",
    users: [makeUser("operator", { username: "olga" })],
  });
  backend.state.quotas.bots = { limit: 5, used: 4 };
  await user.click(await screen.findByRole("button", { name: "Manage olga" }));
  await user.click(await screen.findByText("Quotas"));
  await user.clear(screen.getByLabelText("Bots"));
  await user.type(screen.getByLabelText("Uploads, in MB"), "2.5");
  await user.click(screen.getByRole("button", { name: "Set quotas" }));
  await waitFor(() => expect(backend.state.quotas.upload_bytes.limit).toBe(2.5 * 2 ** 20));
  expect(backend.state.quotas.bots.limit).toBeNull();
  expect(backend.state.quotas.schedules.limit).toBeNull();
});

test("an admin makes a team, names it anew and deletes it, told what goes", async () => {
  const { user, backend } = renderApp("/users", { as: "admin" });
  await user.click(await screen.findByRole("button", { name: "Make a team" }));
  const form = within(await screen.findByRole("dialog", { name: "Make a team" }));
  await user.type(form.getByLabelText("Name of the team"), "Acme");
  await user.click(form.getByRole("button", { name: "Make a team" }));
  await user.click(await screen.findByRole("button", { name: "Manage the team Acme" }));
  await user.clear(screen.getByLabelText("Name of the team"));
  await user.type(screen.getByLabelText("Name of the team"), "Beta");
  await user.click(screen.getByRole("button", { name: "Rename" }));
  await waitFor(() => expect(backend.state.teams[0]?.name).toBe("Beta"));
  await user.click(await screen.findByRole("button", { name: "Delete team" }));
  const sure = within(await screen.findByRole("dialog", { name: "Delete the team Beta?" }));
  expect(
    await sure.findByText(/3 members act for themselves.*1 API key for the team stops/),
  ).toBeTruthy();
  expect(sure.getByText(/2 bots with 30 chats and 70 messages/)).toBeTruthy();
  await user.click(sure.getByRole("button", { name: "Delete team" }));
  expect(await screen.findByText("No teams")).toBeTruthy();
  expect(backend.state.teams).toEqual([]);
});
