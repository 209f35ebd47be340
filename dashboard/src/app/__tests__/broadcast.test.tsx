import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { zoneName } from "@/lib/zone";
import { makeAd, makeBot, makeStatistics } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

function running(subscribers = 100) {
  const bots = [makeBot({ bot_name: "City News", status: "running", subscribers })];
  const ad = makeAd({ title: "Winter tyres", status: "broadcasting" });
  return { bots, ads: [ad], broadcasts: [makeStatistics(ad, bots, 7)], ad };
}

/** The numbers below the bar, by the names that stand above them. */
function numbers(): Record<string, number> {
  const cells = document.querySelectorAll<HTMLElement>("[data-outcome]");
  return Object.fromEntries(
    Array.from(cells, (cell) => [
      cell.dataset.outcome,
      Number(cell.textContent?.replaceAll(/[^0-9]/g, "")),
    ]),
  );
}

test("an ad is written, launched and watched to its end, and every sum is right", async () => {
  const { bots } = running(120);
  const { user } = renderApp("/ads/new", { as: "operator", bots, step: 50 });
  await user.type(await screen.findByLabelText("Title"), "Night market");
  await user.click(await screen.findByRole("button", { name: "Source" }));
  await user.type(screen.getByLabelText("Text"), "<b>Saturday</b>");
  await user.click(screen.getByRole("button", { name: "Add a row" }));
  await user.type(screen.getByLabelText("Text of button 1.1"), "Where");
  await user.type(screen.getByLabelText("Link of button 1.1"), "https://market.example");
  await user.click(screen.getByRole("button", { name: "Create ad" }));
  await user.click(await screen.findByRole("button", { name: "Broadcast" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(await dialog.findByText(/recipients/)).toBeTruthy();
  await user.click(dialog.getByRole("button", { name: /^Send to [\d,]+ chats$/ }));
  const bar = await screen.findByRole("progressbar");
  await waitFor(() => {
    const { audience, ...parts } = numbers();
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(audience);
    expect(bar.getAttribute("aria-valuenow")).toBe("120");
  });
  expect(await screen.findByText("The broadcast is completed.")).toBeTruthy();
});

test("a calendar shows broadcasts on their days, by month and by week, at an address", async () => {
  const { ad, ...tables } = running();
  const [first] = tables.broadcasts;
  const more = [8, 9, 10].map((broadcast_id) => ({ ...first, broadcast_id }) as typeof first);
  const broadcasts = [...tables.broadcasts, ...more] as typeof tables.broadcasts;
  const { user, router } = renderApp("/broadcasts", { as: "operator", ...tables, broadcasts });
  await user.click(await screen.findByRole("button", { name: "Month" }));
  const today = () => document.querySelector<HTMLElement>("li[aria-current=date]") as HTMLElement;
  await waitFor(() =>
    expect(within(today()).getAllByRole("link", { name: /broadcasting/ })).toHaveLength(3),
  );
  await user.click(within(today()).getByRole("link", { name: "1 more" }));
  await waitFor(() =>
    expect(
      within(today()).getAllByRole("link", { name: /broadcasting.*Winter tyres/ }),
    ).toHaveLength(4),
  );
  expect(router.state.location.search).toMatchObject({ view: "week" });
  await user.click(screen.getByRole("button", { name: "Week after" }));
  expect(await screen.findByText("Nothing goes out in this time.")).toBeTruthy();
  expect(today()).toBeNull();
  await user.click(screen.getByRole("button", { name: "Today" }));
  await waitFor(() => expect(today()).toBeTruthy());
});

test("a broadcast is paused, resumed and cancelled", async () => {
  const { ad, ...tables } = running(10_000);
  const { user } = renderApp(`/ads/${ad.id}/broadcast`, { as: "operator", ...tables });
  await user.click(await screen.findByRole("button", { name: "Pause" }));
  await user.click(await screen.findByRole("button", { name: "Resume" }));
  await user.click(await screen.findByRole("button", { name: "Cancel" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Cancel broadcast" }));
  await screen.findByText("The broadcast is cancelled.");
  expect(numbers().pending).toBe(0);
  expect(numbers().skipped).toBeGreaterThan(0);
});

test("who can be reached of the failed is said before they are sent to again", async () => {
  const { ad, ...tables } = running(200);
  const { user, backend } = renderApp(`/ads/${ad.id}/broadcast`, {
    as: "operator",
    ...tables,
    step: 200,
  });
  const retry = `POST /api/ads/${ad.id}/retry`;
  await user.click(await screen.findByRole("button", { name: /Retry \d+ failed/ }));
  const dialog = within(await screen.findByRole("dialog"));
  const reachable = await dialog.findByText(/can be reached and get the message again/);
  expect(reachable.textContent).toMatch(/ 1 cannot be reached now and keeps the outcome/);
  expect(backend.bodies[backend.asked.indexOf(retry)]).toMatchObject({ dry_run: true });
  const many = reachable.textContent?.match(/^\d+/)?.[0];
  await user.click(dialog.getByRole("button", { name: `Send to ${many}` }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(backend.bodies[backend.asked.lastIndexOf(retry)]).toMatchObject({ dry_run: false });
});

test("the report is a document to take along, a link for others, and comes by itself", async () => {
  const { ad, ...tables } = running(200);
  const { user, backend } = renderApp(`/ads/${ad.id}/broadcast`, { as: "advertiser", ...tables });
  const report = await screen.findByRole("link", { name: "Report as PDF" });
  expect(report.getAttribute("href")).toMatch(new RegExp(`^/api/ads/${ad.id}/report\\?tz=`));
  await user.click(screen.getByRole("button", { name: "Share" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.selectOptions(dialog.getByLabelText("Good for"), "1 day");
  await user.click(dialog.getByRole("button", { name: "Make the link" }));
  const link = await dialog.findByLabelText<HTMLInputElement>("Link");
  expect(link.value).toBe(`${location.origin}/api/ads/report?grant=${ad.id}`);
  expect(backend.asked).toContain(`POST /api/ads/${ad.id}/report/share`);
  const often = await dialog.findByLabelText<HTMLSelectElement>("Send me the report");
  await user.selectOptions(often, "Each Monday at 09:00");
  expect(await dialog.findByText(/Nothing comes yet.*Next: /)).toBeTruthy();
  expect(backend.bodies).toContainEqual({ every: "week", tz: zoneName() });
  await user.click(dialog.getByRole("button", { name: "Stop" }));
  await waitFor(() => expect(often.value).toBe(""));
});

test("the page says what a broadcast waits for", async () => {
  const { ad, ...tables } = running(10_000);
  const waiting = [
    { bot_id: tables.bots[0]?.id, reason: "Telegram", until: "2026-11-22T12:04:31Z" },
  ];
  Object.assign(tables.broadcasts[0] ?? {}, { waiting });
  renderApp(`/ads/${ad.id}/broadcast`, { as: "operator", ...tables });
  expect(await screen.findByText(/City News waits: Telegram until \d\d:\d\d:31/)).toBeTruthy();
});

test("an ad that was never sent says how to send it", async () => {
  const ad = makeAd();
  renderApp(`/ads/${ad.id}/broadcast`, { as: "operator", ads: [ad] });
  expect(await screen.findByText("Not sent yet")).toBeTruthy();
});

test("an ad is copied into a new one, without its time", async () => {
  const ad = makeAd({
    title: "Night market",
    content: "Saturday",
    scheduled_for: "2027-01-02T10:00:00Z",
  });
  const { user, backend } = renderApp(`/ads/${ad.id}`, { as: "operator", ads: [ad] });
  ad.user_id = backend.state.signedIn?.organisation.id ?? 0;
  await user.click(await screen.findByRole("link", { name: "Copy" }));
  expect(await screen.findByLabelText<HTMLInputElement>("Title")).toHaveProperty(
    "value",
    "Night market",
  );
  await user.click(screen.getByRole("button", { name: "Create ad" }));
  await waitFor(() => expect(backend.asked).toContain("POST /api/ads/create"));
  const at = backend.asked.indexOf("POST /api/ads/create");
  expect(backend.bodies[at]).toMatchObject({ content: "Saturday", scheduled_for: null });
});

test("bad markup is named at the text until it is corrected", async () => {
  const { user } = renderApp("/ads/new", { as: "operator" });
  await user.click(await screen.findByRole("button", { name: "Source" }));
  await user.type(screen.getByLabelText("Text"), "<b>never closed");
  await user.click(screen.getByRole("button", { name: "Create ad" }));
  await waitFor(() => expect(screen.getAllByText(/is never closed/).length).toBeGreaterThan(1));
  await user.type(screen.getByLabelText("Text"), "</b>");
  await user.click(screen.getByRole("button", { name: "Create ad" }));
  expect(await screen.findByRole("link", { name: "Edit" })).toBeTruthy();
});

test("markup of an ad is shown as text styles, never run", async () => {
  const content = 'Hi <b>you</b> <img src=x onerror="alert(1)"><script>alert(2)</script>';
  const ad = makeAd({ content });
  renderApp(`/ads/${ad.id}`, { as: "operator", ads: [ad] });
  const preview = await screen.findByLabelText("Preview");
  expect(preview.textContent).toContain("you");
  expect(preview.querySelector("img, script")).toBeNull();
});
