import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeBackend } from "@/testing/fake-backend";
import { makeAd, makeBot, makeStatistics, makeUser } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

let zone: string | undefined;
beforeEach(() => {
  zone = process.env.TZ;
  process.env.TZ = "Europe/Berlin";
});
afterEach(() => {
  process.env.TZ = zone;
});

/** The body of the first request to a route, once there was one. */
const sent = async ({ asked, bodies }: FakeBackend, route: string) => {
  await waitFor(() => expect(asked).toContain(route));
  return bodies[asked.indexOf(route)];
};

test("to change the title sends the title alone, and leaves the second 02:30 where it is", async () => {
  const at = "2026-10-25T01:30:07Z";
  const ad = makeAd({ title: "Old", status: "draft", scheduled_for: at });
  const { user, backend } = renderApp(`/ads/${ad.id}/edit`, { as: "admin", ads: [ad] });
  const time = await screen.findByLabelText<HTMLInputElement>("Goes out at");
  expect(time.value).toBe("2026-10-25T02:30:07");
  expect(screen.getByText(/launched\. .*Europe\/Berlin, UTC\+01:00/)).toBeTruthy();
  await user.clear(screen.getByLabelText("Title"));
  await user.type(screen.getByLabelText("Title"), "New");
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  expect(await sent(backend, `PATCH /api/ads/${ad.id}`)).toEqual({ title: "New" });
  expect(ad.scheduled_for).toBe(at);
});

test("who types a time that comes twice chooses which", async () => {
  const ad = makeAd({ scheduled_for: "2026-10-24T10:00:00Z" });
  const { user, backend } = renderApp(`/ads/${ad.id}/edit`, { as: "admin", ads: [ad] });
  const time = await screen.findByLabelText("Goes out at");
  await user.clear(time);
  await user.type(time, "2026-10-25T02:30");
  const which = screen.getByLabelText("Which 02:30");
  await user.selectOptions(which, "after the clocks go back, UTC+01:00");
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  const body = await sent(backend, `PATCH /api/ads/${ad.id}`);
  expect(body).toEqual({ scheduled_for: "2026-10-25T01:30:00Z" });
});

test("a time that the clocks skip is not sent as no time at all", async () => {
  const ad = makeAd({ scheduled_for: "2026-03-28T10:00:00Z" });
  const { user, backend } = renderApp(`/ads/${ad.id}/edit`, { as: "admin", ads: [ad] });
  const time = await screen.findByLabelText("Goes out at");
  await user.clear(time);
  await user.type(time, "2026-03-29T02:30");
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  expect(await screen.findByText(/The clocks skip this time/)).toBeTruthy();
  expect(backend.asked).not.toContain(`PATCH /api/ads/${ad.id}`);
});

test("a reviewer decides on a stranger's ad, and is not offered to change it", async () => {
  const ad = makeAd({ status: "pending_review", user_id: makeUser("advertiser").id });
  renderApp(`/ads/${ad.id}`, { as: "operator", ads: [ad] });
  expect(await screen.findByRole("button", { name: "Approve" })).toBeTruthy();
  expect(screen.queryByRole("link", { name: "Edit" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();
});

test("the launch shows whom the chosen bots reach, and which are left out and why", async () => {
  const bots = [
    makeBot({ bot_name: "City", status: "running", subscribers: 70 }),
    makeBot({ bot_name: "Cars", status: "running", subscribers: 30 }),
    makeBot({ bot_name: "Cats", status: "stopped", subscribers: 5 }),
  ];
  const ad = makeAd();
  const { user } = renderApp(`/ads/${ad.id}`, { as: "admin", ads: [ad], bots });
  await user.click(await screen.findByRole("button", { name: "Broadcast" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(await dialog.findByText("100")).toBeTruthy();
  expect(dialog.getByText("Not used: Cats is stopped, not running")).toBeTruthy();
  await user.click(dialog.getByRole("checkbox", { name: "Cars" }));
  await waitFor(() => expect(dialog.getAllByText("30").length).toBe(2));
});

test("what was typed is there again after a reload, until it is saved", async () => {
  const first = renderApp("/ads/new", { as: "operator" });
  await first.user.type(await sourceOf(first.user), "<b>Half");
  cleanup();
  const { user } = renderApp("/ads/new", { as: "operator" });
  expect((await screen.findByLabelText<HTMLTextAreaElement>("Text")).value).toBe("<b>Half");
  expect(screen.getByText(/Telegram would refuse this markup: Can't find end tag/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Begin anew" }));
  expect(screen.getByLabelText("Text").textContent).toBe("");
});

/** The field for the text's source. */
const sourceOf = async (user: ReturnType<typeof renderApp>["user"]) => {
  await user.click(await screen.findByRole("button", { name: "Source" }));
  return screen.getByLabelText<HTMLTextAreaElement>("Text");
};

test("a text is shown as it looks, and is as it was after a look at its source", async () => {
  const content = "Dear <b>{first_name}</b>,\n<blockquote expandable>a\nb</blockquote>";
  const ad = makeAd({ content, parse_mode: "HTML" });
  const { user, backend } = renderApp(`/ads/${ad.id}/edit`, { as: "admin", ads: [ad] });
  const text = await screen.findByRole("textbox", { name: "Text" });
  expect(text.querySelector("b")?.textContent).toBe("{first_name}");
  expect(screen.getByTestId("counter").textContent).toBe("74/4,096");
  const source = await sourceOf(user);
  expect(source.value).toBe(content);
  await user.type(source, "!");
  await user.click(screen.getByRole("button", { name: "Source" }));
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  const body = await sent(backend, `PATCH /api/ads/${ad.id}`);
  expect(body).toEqual({ content: `${content}!` });
});

test("MarkdownV2 stays what it is until it is converted", async () => {
  const ad = makeAd({ content: "*Sale*\\!", parse_mode: "MarkdownV2" });
  const { user, backend } = renderApp(`/ads/${ad.id}/edit`, { as: "admin", ads: [ad] });
  expect((await screen.findByLabelText<HTMLTextAreaElement>("Text")).value).toBe("*Sale*\\!");
  expect(screen.getByTestId("counter").textContent).toBe("5/4,096");
  expect(within(screen.getByLabelText("Preview")).getByText("Sale").className).toBe("font-bold");
  await user.click(screen.getByRole("button", { name: "Convert to formatted text" }));
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  const body = await sent(backend, `PATCH /api/ads/${ad.id}`);
  expect(body).toEqual({ content: "<b>Sale</b>!", parse_mode: "HTML" });
});

test("what is too long says by how much, a caption sooner", async () => {
  const ad = makeAd({ content: "x".repeat(1100), parse_mode: "HTML" });
  const { user } = renderApp(`/ads/${ad.id}/edit`, { as: "admin", ads: [ad] });
  expect((await screen.findByTestId("counter")).textContent).toBe("1,100/4,096");
  await user.type(screen.getByLabelText(/Address of a picture/), "https://a.example/b.png{Enter}");
  expect(screen.getByTestId("counter").textContent).toBe("1,100/1,024");
  expect(screen.getByText(/^76 characters too long for a text below pictures/)).toBeTruthy();
});

test("the preview shows the message as its readers see it, with a name and without", async () => {
  const ad = makeAd({ content: "Hello {first_name}!", parse_mode: "HTML" });
  const { user } = renderApp(`/ads/${ad.id}`, { as: "viewer", ads: [ad] });
  const preview = within(await screen.findByLabelText("Preview"));
  expect(preview.getByText("Hello Ann!")).toBeTruthy();
  await user.selectOptions(preview.getByLabelText("As seen by"), "somebody without a name");
  expect(preview.getByText("Hello !")).toBeTruthy();
});

test("media are put in order and removed without a mouse", async () => {
  const media_urls = ["a", "b", "c"].map((name) => `https://a.example/${name}.png`);
  const ad = makeAd({ content: "x", parse_mode: "HTML", media_urls });
  const { user, backend } = renderApp(`/ads/${ad.id}/edit`, { as: "admin", ads: [ad] });
  await user.click(await screen.findByRole("button", { name: "Move 3, c.png forward" }));
  await user.click(screen.getByRole("button", { name: "Remove 1, a.png" }));
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  const body = await sent(backend, `PATCH /api/ads/${ad.id}`);
  expect(body).toEqual({ media_urls: ["https://a.example/c.png", "https://a.example/b.png"] });
});

test("whom an ad would reach is counted while its audience is chosen, before it is saved", async () => {
  const bots = [
    makeBot({ bot_name: "City", status: "running", subscribers: 70 }),
    makeBot({ bot_name: "Cars", status: "running", subscribers: 30 }),
  ];
  const { user, backend } = renderApp("/ads/new", { as: "operator", bots });
  expect(await screen.findByText("100")).toBeTruthy();
  await user.click(await screen.findByRole("checkbox", { name: "Cars" }));
  expect(await screen.findByText("30")).toBeTruthy();
  const counts = backend.asked.filter((route) => route === "POST /api/ads/preview");
  expect(counts).toHaveLength(2);
});

test("what few ads need is under Advanced, and only what was changed is sent", async () => {
  const targeting = { joined_after: "2026-01-02T10:00:00Z" };
  const ad = makeAd({ targeting, late_minutes: 30 });
  const { user, backend } = renderApp(`/ads/${ad.id}/edit`, { as: "admin", ads: [ad] });
  const after = await screen.findByLabelText<HTMLInputElement>("Joined after");
  expect(after.value).toBe("2026-01-02T11:00");
  await user.clear(screen.getByLabelText("Skip when later than, minutes"));
  await user.type(screen.getByLabelText("Messages that may be paid for"), "500");
  await user.clear(screen.getByLabelText("Priority, 1 to 10"));
  await user.type(screen.getByLabelText("Priority, 1 to 10"), "7");
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  const body = await sent(backend, `PATCH /api/ads/${ad.id}`);
  const paid = { paid_budget: 500, allow_paid_broadcast: true };
  expect(body).toEqual({ priority: 7, late_minutes: null, ...paid });
});

test("the list tells what came of each ad's last broadcast, in the chosen order", async () => {
  const ad = makeAd({ title: "Tea", status: "completed" });
  const sums = { sent: 300, pending: 0, audience: 400, unique_clicks: 75, ctr: 0.25 };
  const broadcasts = [{ ...makeStatistics(ad, [], 7), status: "completed" as const, ...sums }];
  const { user, backend, router } = renderApp("/ads", { as: "admin", ads: [ad], broadcasts });
  const row = within(
    (await screen.findByRole("link", { name: "Tea" })).closest("tr") as HTMLElement,
  );
  expect(row.getByText("300 of 400")).toBeTruthy();
  expect(row.getByText("25%")).toBeTruthy();
  const link = row.getAllByRole("link").at(-1);
  expect(link?.getAttribute("href")).toBe(`/ads/${ad.id}/broadcast?broadcast_id=7`);
  await user.selectOptions(screen.getByLabelText("Order"), "highest click rate first");
  await waitFor(() => expect(backend.queries.at(-1)?.get("sort")).toBe("ctr"));
  expect(router.state.location.search).toEqual({ sort: "ctr" });
});

test("the review queue goes on by J and K, and to the next ad after a decision", async () => {
  const ads = ["First", "Second", "Third"].map((title) =>
    makeAd({ title, status: "pending_review" }),
  );
  const { user, backend } = renderApp("/ads/reviews", { as: "admin", ads });
  expect(await screen.findByRole("link", { name: "First" })).toBeTruthy();
  await user.keyboard("j");
  expect(await screen.findByRole("link", { name: "Second" })).toBeTruthy();
  expect(screen.getByText("2 of 3")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Approve" }));
  expect(await screen.findByRole("link", { name: "Third" })).toBeTruthy();
  expect(backend.asked).toContain(`POST /api/ads/${ads[1]?.id}/approve`);
  await user.keyboard("k");
  expect(await screen.findByRole("link", { name: "First" })).toBeTruthy();
});
