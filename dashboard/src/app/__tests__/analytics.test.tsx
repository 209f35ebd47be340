import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeAd, makeBot, makeExport } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

test("a bot's analytics say who came and left, from where, who stayed and when", async () => {
  const bot = makeBot();
  const { backend } = renderApp(`/bots/${bot.id}?tab=analytics`, { as: "viewer", bots: [bot] });
  expect(await screen.findByText(/^46.7% more than in the 30 days before$/)).toBeTruthy();
  expect(screen.getByText("Said /stop").parentElement?.textContent).toContain("31");
  expect(screen.queryByText("Left before reasons were recorded")).toBeNull();
  const source = within(await screen.findByRole("row", { name: /autumn-flyer/ }));
  expect(source.getByText("106 (81.5%)")).toBeTruthy();
  expect(screen.getByRole("row", { name: /German \(de\)/ })).toBeTruthy();
  const cohort = screen.getByRole("row", { name: /^5 Oct 120 70 100% 92.5%/ });
  expect(cohort.textContent).toContain("47.5%");
  expect(screen.getByText("Most on Friday, 19:00 to 20:00: 72")).toBeTruthy();
  const asked = `/api/analytics/bots/${bot.id}`;
  const query = backend.queries[backend.asked.indexOf(`GET ${asked}`)];
  expect(query?.get("tz")).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
  expect(query?.get("compare")).toBe("previous");
});

test("the span of a bot's analytics is kept in the address", async () => {
  const bot = makeBot();
  const { router, user } = renderApp(`/bots/${bot.id}?tab=analytics`, {
    as: "operator",
    bots: [bot],
  });
  await user.selectOptions(await screen.findByLabelText("Span"), "90");
  expect(await screen.findAllByText(/than in the 90 days before/)).not.toHaveLength(0);
  expect(router.state.location.search).toMatchObject({ tab: "analytics", days: "90" });
});

test("two ads are compared, and the address keeps which", async () => {
  const ads = [makeAd({ title: "Coffee" }), makeAd({ title: "Tea" })];
  const { user, router } = renderApp("/analytics", { as: "advertiser", ads });
  await user.click(await screen.findByRole("checkbox", { name: "Compare Coffee" }));
  await user.click(screen.getByRole("checkbox", { name: "Compare Tea" }));
  const verdict = "Coffee is clicked more: by 2.2 to 5.9 percentage points, with 95% confidence.";
  expect(await screen.findByText(verdict)).toBeTruthy();
  expect(router.state.location.search).toEqual({ ad: ads[0]?.id, other: ads[1]?.id });
  expect(screen.queryByRole("link", { name: "exports" })).toBeNull();
});

test("an ad shows what it brought, what it cost by currency, and whom it drove away", async () => {
  const ad = makeAd({ status: "completed" });
  renderApp(`/ads/${ad.id}`, { as: "advertiser", ads: [ad] });
  const results = within(await screen.findByRole("region", { name: "Results" }));
  expect(
    await results.findByText("95% sure: 4.6% to 7.8%; 54 people", { exact: false }),
  ).toBeTruthy();
  expect(results.getByText("450.00 EUR + 20.00 USD")).toBeTruthy();
  expect(results.getByText("CPM 500.00 EUR; 6.43 EUR for each click")).toBeTruthy();
  expect(results.getByText(/^9 blocked the bot, 4 said \/stop/)).toBeTruthy();
  expect(results.getByRole("row", { name: "https://shop.example/autumn 70 3" })).toBeTruthy();
});

test("an export is ordered with its filters, watched, fetched and deleted", async () => {
  const [bot, ad] = [makeBot({ bot_name: "City News" }), makeAd({ title: "Coffee" })];
  const { user, backend } = renderApp("/analytics?tab=exports", {
    as: "operator",
    bots: [bot],
    ads: [ad],
  });
  await user.selectOptions(await screen.findByLabelText("What"), "recipients");
  await user.selectOptions(screen.getByLabelText("Format"), "parquet");
  await user.type(screen.getByLabelText("Ad"), "cof");
  await user.click(await screen.findByRole("option", { name: "Coffee" }));
  await user.type(screen.getByLabelText("Bot"), "city");
  await user.click(await screen.findByRole("option", { name: "City News" }));
  await user.click(screen.getByRole("button", { name: "Start export" }));
  const link = await screen.findByRole("link", { name: "Download recipients of a broadcast" });
  expect(link.getAttribute("href")).toMatch(/file\?until=1&signature=s$/);
  expect(backend.bodies).toContainEqual({
    dataset: "recipients",
    format: "parquet",
    bot_id: bot.id,
    ad_id: ad.id,
  });
  await user.click(
    screen.getByRole("button", { name: "Delete export of recipients of a broadcast" }),
  );
  await user.click(await screen.findByRole("button", { name: "Delete export" }));
  expect(await screen.findByText("No exports yet")).toBeTruthy();
});

test("people over all bots are counted once, by week", async () => {
  const { user, backend } = renderApp("/analytics?tab=people", { as: "viewer" });
  await user.selectOptions(await screen.findByLabelText("By"), "week");
  expect(await screen.findByText("People who wrote, this week")).toBeTruthy();
  expect(screen.getByText("4,321")).toBeTruthy();
  expect(screen.getAllByText("2,345")).not.toHaveLength(0);
  expect(backend.queries.at(-1)?.get("bucket")).toBe("week");
});

test("a failed export says why and is tried again with the same filters", async () => {
  const failed = makeExport({ status: "failed", reason: "The disk is full", bot_id: 7 });
  const { user, backend } = renderApp("/analytics?tab=exports", {
    as: "viewer",
    exports: [failed],
  });
  expect(await screen.findByText("The disk is full")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("link", { name: /^Download/ })).toBeTruthy();
  expect(backend.state.exports[0]).toMatchObject({ dataset: "subscribers", bot_id: 7 });
});
