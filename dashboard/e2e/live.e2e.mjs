/** What an open page asks for while the platform tells it of changes, and where it cannot. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, openPage, signIn } from "./browser.mjs";

const MOST_A_MINUTE = 10;
const STREAM = "/api/events";
const BEATS_A_MINUTE = 3;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A page of somebody who is signed in; what it asks for, and what its stream says. */
async function watched(path, storageState) {
  const { page, complaints } = await openPage(browser, { storageState });
  const asked = [];
  page.on("request", (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname.startsWith("/api/")) asked.push(pathname + search);
  });
  const heard = [];
  const network = await page.context().newCDPSession(page);
  network.on("Network.eventSourceMessageReceived", ({ eventName, data }) =>
    heard.push([eventName, data]),
  );
  await network.send("Network.enable");
  if (storageState) await page.goto(path);
  else await signIn(page, path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector("main .animate-pulse"));
  return { page, complaints, asked, heard };
}

/** Waits until something is so; `page` says when to look again. */
async function until(page, condition, what) {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 1_200, `not within two minutes: ${what}`);
    await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
  }
}

const named = (heard, name) => heard.filter(([event]) => event === name).length;
const isOpen = (heard) => heard.some(([event]) => event === "ready" || event === "reset");

test("a page that shows nothing changing asks at most ten times a minute", async (t) => {
  const first = await watched("/bots");
  const session = await first.page.context().storageState();
  const bot = await first.page.locator("tbody a").first().getAttribute("href");
  const paths = ["/", bot, "/ads", "/broadcasts", "/system"];
  const pages = await Promise.all(paths.map((path) => watched(path, session)));
  const all = [first, ...pages];
  for (const { page, heard } of all) await until(page, () => isOpen(heard), "the stream is open");
  for (const one of all) one.before = { asked: one.asked.length, beats: named(one.heard, "beat") };
  await Promise.all(
    all.map(({ page, heard, before: { beats } }) =>
      until(page, () => named(heard, "beat") >= beats + BEATS_A_MINUTE, "a minute of beats"),
    ),
  );
  for (const { page, asked, before: known, complaints } of all) {
    const more = asked.slice(known.asked);
    t.diagnostic(`${new URL(page.url()).pathname}: ${more.length} requests`);
    assert.ok(more.length <= MOST_A_MINUTE, `${page.url()} asked ${more.length}: ${more}`);
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});

test("what somebody else changes is there without a reload, and is asked for once it is told", async () => {
  const shown = await watched("/bots");
  await until(shown.page, () => isOpen(shown.heard), "the stream is open");
  const other = await watched("/bots", await shown.page.context().storageState());
  const stop = other.page.getByRole("button", { name: /^Stop / }).first();
  const name = (await stop.getAttribute("aria-label")).replace(/^Stop /, "");
  const row = shown.page.getByRole("row").filter({
    has: shown.page.getByRole("link", { name, exact: true }),
  });
  const before = shown.asked.length;
  await stop.click();
  await row.getByText("stopped", { exact: true }).waitFor();
  const told = shown.heard.filter(([event]) => event === "changed").map(([, data]) => data);
  assert.ok(
    told.some((data) => JSON.parse(data).bots?.length),
    `${told}`,
  );
  assert.ok(shown.asked.slice(before).some((path) => path.startsWith("/api/bots?")));
  await row.getByRole("button", { name: `Start ${name}` }).click();
  await row.getByText("running", { exact: true }).waitFor();
  for (const { page, complaints } of [shown, other]) {
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});

test("a hidden tab rests, and goes on where it was", async () => {
  const { page, asked, heard } = await watched("/bots");
  await until(page, () => isOpen(heard), "the stream is open");
  const streams = () => asked.filter((path) => path.startsWith(STREAM));
  const ended = page.waitForEvent("requestfailed", (request) => request.url().includes(STREAM));
  const hide = (hidden) =>
    page.evaluate((now) => {
      Object.defineProperty(document, "hidden", { value: now, configurable: true });
      Object.defineProperty(document, "visibilityState", {
        value: now ? "hidden" : "visible",
        configurable: true,
      });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, hidden);
  await hide(true);
  await ended;
  assert.equal(streams().length, 1);
  await hide(false);
  await until(page, () => streams().length === 2, "a stream again");
  assert.match(streams()[1], /\?after=[0-9a-f]+\.\d+$/);
  await page.context().close();
});

test("where the stream cannot be opened the page asks by the clock", async () => {
  const { page } = await openPage(browser);
  await page.context().route(`**${STREAM}**`, (route) => route.abort());
  await page.clock.install();
  await signIn(page, "/bots");
  await page.locator("tbody a").first().waitFor();
  const again = page.waitForRequest((request) => request.url().includes("/api/bots?"));
  await page.clock.runFor(16_000);
  await again;
  await page.context().close();
});
