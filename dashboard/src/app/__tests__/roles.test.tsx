import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Role } from "@/api/types";
import { makeAd, makeBot, makeStatistics, makeUser } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

const NAVIGATION: Record<Role, string[]> = {
  admin: [
    "Home",
    "Bots",
    "Ads",
    "Broadcasts",
    "Analytics",
    "Users",
    "Privacy",
    "Security",
    "System",
  ],
  operator: ["Home", "Bots", "Ads", "Broadcasts", "Analytics", "Privacy", "Security"],
  advertiser: ["Ads", "Broadcasts", "Analytics", "Security"],
  viewer: ["Home", "Bots", "Ads", "Broadcasts", "Analytics", "Security", "System"],
};

test.each(Object.entries(NAVIGATION))("%s sees the pages of that role", async (role, pages) => {
  renderApp("/ads", { as: role as Role });
  const main = within(await screen.findByRole("navigation", { name: "Main" }));
  expect(main.getAllByRole("link").map((link) => link.textContent)).toEqual(pages);
});

test("the overview calls messages messages, and shows every currency", async () => {
  renderApp("/", { as: "admin" });
  expect(await screen.findByText("Ad messages sent")).toBeTruthy();
  expect(
    screen.getByText("earned 450.00 EUR + 120.00 USD; 8.9% less than in the day before"),
  ).toBeTruthy();
  expect(screen.getByText(/^[\d,]+ of them active in the last day$/)).toBeTruthy();
});

test("a viewer reads everything and can press nothing that changes it", async () => {
  const bots = [makeBot({ bot_name: "City News", status: "running", subscribers: 9000 })];
  const ad = makeAd({ status: "broadcasting" });
  const tables = { bots, ads: [ad], broadcasts: [makeStatistics(ad, bots, 1)] };
  const { router } = renderApp("/bots", { as: "viewer", ...tables });
  await screen.findByText("City News");
  expect(screen.queryByRole("button", { name: /Start|Stop|Add/ })).toBeNull();
  await router.navigate({ to: "/ads/$adId/broadcast", params: { adId: String(ad.id) } });
  await screen.findByRole("progressbar");
  expect(screen.queryByRole("button", { name: /Pause|Cancel|Retry/ })).toBeNull();
});

test("an advertiser starts at the ads, submits one, and cannot open bots", async () => {
  const ad = makeAd({ title: "Mine" });
  const { user, router, backend } = renderApp("/", { as: "advertiser", ads: [ad] });
  await user.click(await screen.findByRole("link", { name: "Mine" }));
  expect(screen.queryByRole("button", { name: "Broadcast" })).toBeNull();
  await user.click(await screen.findByRole("button", { name: "Submit for review" }));
  expect(await screen.findByText("pending review")).toBeTruthy();
  await router.navigate({ to: "/bots" });
  expect((await screen.findByRole("alert")).textContent).toContain("you cannot open this page");
  expect(backend.asked.some((line) => line.includes("/api/bots"))).toBe(false);
});

test("a reviewer sees where an ad's links lead, and what may deceive", async () => {
  const buttons = [[{ text: "bank.example", url: "https://evil.example/x" }]];
  const ads = [makeAd({ status: "pending_review", buttons })];
  renderApp(`/ads/${ads[0]?.id}`, { as: "operator", ads });
  await screen.findByRole("heading", { name: "Links" });
  expect(screen.getByText("evil.example")).toBeTruthy();
  expect(screen.getByText("https://evil.example/x")).toBeTruthy();
  expect(screen.getByText(/Careful: its words read as bank\.example/)).toBeTruthy();
  expect(screen.queryByRole("link", { name: /evil/ })).toBeNull();
});

test("an operator approves an advertiser's ad, or rejects it with a note", async () => {
  const ads = [
    makeAd({ title: "Good", status: "pending_review" }),
    makeAd({ title: "Bad", status: "pending_review" }),
  ];
  const { user, router, backend } = renderApp(`/ads/${ads[0]?.id}`, { as: "operator", ads });
  await user.click(await screen.findByRole("button", { name: "Approve" }));
  expect(await screen.findByRole("button", { name: "Broadcast" })).toBeTruthy();
  await router.navigate({ to: "/ads/$adId", params: { adId: String(ads[1]?.id) } });
  await screen.findByRole("heading", { name: "Bad" });
  await user.click(screen.getByRole("button", { name: "Reject" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Reject this ad?" }));
  await user.type(dialog.getByLabelText(/What should its owner change/), "Too loud");
  await user.click(dialog.getByRole("button", { name: "Reject" }));
  expect(await screen.findByRole("heading", { name: "Ads" })).toBeTruthy();
  expect(await screen.findByText("Rejected")).toBeTruthy();
  expect(backend.state.ads[1]?.status).toBe("rejected");
});

test("an admin changes another user's role, but not the own one", async () => {
  const other = makeUser("operator", { username: "olga" });
  const { user, backend } = renderApp("/users", { as: "admin", users: [other] });
  await user.click(await screen.findByRole("button", { name: "Manage olga" }));
  const dialog = within(await screen.findByRole("dialog", { name: "olga" }));
  await user.selectOptions(dialog.getByLabelText("Role"), "viewer");
  expect(backend.state.users[0]?.role).toBe("operator");
  await user.click(dialog.getByRole("button", { name: "Change role" }));
  const confirm = within(await screen.findByRole("dialog", { name: "Make olga viewer?" }));
  await user.click(confirm.getByRole("button", { name: "Change role" }));
  expect(await screen.findByText("olga is now viewer")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Manage admin" })).toBeNull();
});

test("an admin adds a worker", async () => {
  const { user, backend } = renderApp("/system", { as: "admin" });
  await user.click(await screen.findByRole("button", { name: "One worker more" }));
  expect(await screen.findByText("2 workers run now")).toBeTruthy();
  expect(backend.bodies[backend.asked.indexOf("PUT /api/system/workers")]).toEqual({ count: 2 });
});

test("the system page names what is not well", async () => {
  const { user } = renderApp("/system", { as: "viewer" });
  expect(await screen.findByText("degraded")).toBeTruthy();
  await user.click(screen.getByRole("link", { name: "performance" }));
  expect(await screen.findByRole("heading", { name: "Queue lag, seconds" })).toBeTruthy();
  await user.click(screen.getByRole("link", { name: "audit" }));
  expect(await screen.findByText("broadcast.launch")).toBeTruthy();
});
