import { screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { makeAd, makeBot, makeStatistics } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

const MINUTE_MS = 60_000;

afterEach(() => void vi.useRealTimers());

test("home says what needs the one who looks, and what runs now", async () => {
  const error = { status: "error", last_error: "Unauthorized", subscribers: 5 } as const;
  const bots = [makeBot({ bot_name: "City News", ...error }), makeBot({ status: "running" })];
  const ads = [
    makeAd({ title: "Coffee", status: "pending_review" }),
    makeAd({ title: "Tea", status: "broadcasting" }),
    makeAd({ title: "Milk", status: "paused" }),
  ];
  const [, tea, milk] = ads.map((ad, index) => makeStatistics(ad, bots, index));
  const paused = { ...milk, status: "paused", reason: "Nobody gets it" } as typeof milk;
  const broadcasts = [tea, paused].filter((one) => one !== undefined);
  renderApp("/", { as: "admin", bots, ads, broadcasts });
  expect(await screen.findByText("City News does not run")).toBeTruthy();
  expect(await screen.findByText("Coffee waits for review")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Review" }).getAttribute("href")).toBe("/ads/reviews");
  expect(await screen.findByText("Nobody gets it")).toBeTruthy();
  expect(await screen.findByText("The cache is degraded")).toBeTruthy();
  const now = within(await screen.findByRole("region", { name: /^Running and scheduled/ }));
  expect(now.getByRole("link", { name: "Tea" })).toBeTruthy();
  expect(now.queryByRole("link", { name: "Milk" })).toBeNull();
  expect(screen.queryByRole("heading", { name: "First steps" })).toBeNull();
});

test("more than two ads that wait for review are one row that leads to the queue", async () => {
  const waiting = (title: string) => makeAd({ title, status: "pending_review" });
  const ads = ["Coffee", "Tea", "Milk"].map(waiting);
  const { user, router } = renderApp("/", { as: "admin", ads });
  expect(await screen.findByText("3 ads wait for review")).toBeTruthy();
  expect(screen.queryByText("Coffee waits for review")).toBeNull();
  await user.click(screen.getByRole("link", { name: "Review" }));
  expect(await screen.findByRole("heading", { name: "Review queue" })).toBeTruthy();
  expect(router.state.location.pathname).toBe("/ads/reviews");
});

test("a newcomer is led from the first bot to the first broadcast", async () => {
  renderApp("/", { as: "operator", bots: [makeBot({ subscribers: 1 })] });
  expect(await screen.findByText("No broadcast runs, and none is scheduled.")).toBeTruthy();
  await screen.findByRole("heading", { name: "First steps" });
  expect(screen.getAllByLabelText("Done")).toHaveLength(2);
  expect(screen.getByRole("link", { name: "New ad" }).getAttribute("href")).toBe("/ads/new");
  expect(screen.queryByRole("link", { name: "Add bot" })).toBeNull();
});

test("home that shows nothing changing asks ten times a minute at most", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const { backend } = renderApp("/", { as: "admin", bots: [makeBot({ subscribers: 1 })] });
  await screen.findByRole("heading", { name: "First steps" });
  await screen.findByText("The cache is degraded");
  backend.asked.length = 0;
  const start = Date.now();
  await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
  expect(backend.asked).toContain("GET /api/bots");
  expect(backend.asked.length).toBeLessThanOrEqual((10 * (Date.now() - start)) / MINUTE_MS);
});

test("all broadcasts are listed, earlier ones of an ad too, and the address keeps the filter", async () => {
  const ad = makeAd({ title: "Tea", status: "completed" });
  const first = { ...makeStatistics(ad, [], 1), status: "completed" } as const;
  const tables = { ads: [ad], broadcasts: [first, { ...first, broadcast_id: 2 }] };
  const { user, router } = renderApp("/broadcasts", { as: "advertiser", ...tables });
  const links = await screen.findAllByRole("link", { name: "Tea" });
  expect(links.map((link) => link.getAttribute("href"))).toEqual([
    `/ads/${ad.id}/broadcast?broadcast_id=2`,
    `/ads/${ad.id}/broadcast?broadcast_id=1`,
  ]);
  await user.selectOptions(screen.getByLabelText("Status"), "paused");
  expect(await screen.findByText("No broadcast fits")).toBeTruthy();
  expect(router.state.location.search).toEqual({ status: "paused" });
});
