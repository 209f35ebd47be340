import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeBackend } from "@/testing/fake-backend";
import { makeAd, makeBot, makeUser } from "@/testing/fake-backend/makers";
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
  expect(screen.getByText(/Europe\/Berlin, UTC\+01:00/)).toBeTruthy();
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
  await first.user.type(await screen.findByLabelText("Text"), "Half");
  cleanup();
  const { user } = renderApp("/ads/new", { as: "operator" });
  expect((await screen.findByLabelText<HTMLTextAreaElement>("Text")).value).toBe("Half");
  await user.click(screen.getByRole("button", { name: "Begin anew" }));
  expect(screen.getByLabelText<HTMLTextAreaElement>("Text").value).toBe("");
});
