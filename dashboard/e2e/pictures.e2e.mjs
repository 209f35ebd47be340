/**
 * Key pages as they looked when somebody last said that they look right: `pictures/`.
 *
 * The built dashboard stands before the fake backend, whose data and clock are the same each time.
 * `make pictures` takes them anew; of what differs, three pictures are left in `build/pictures`.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, mock, test } from "node:test";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";
import { preview } from "vite";
import { ENGLISH, launch, openPage, signIn } from "./browser.mjs";

const NOW = new Date("2026-11-27T09:41:00Z");
const ACCOUNT = { username: "admin", password: "crier-demo-password" }; // of demoState
const WIDE = { viewport: { width: 1280, height: 860 }, colorScheme: "light" };
const DARK = { ...WIDE, colorScheme: "dark" };
const PHONE = { viewport: { width: 375, height: 760 }, colorScheme: "dark" };
const SAME = { locale: "en-GB", timezoneId: "UTC", reducedMotion: "reduce" };
const ALL = [
  ["home", "/", WIDE],
  ["bots", "/bots", WIDE],
  ["bot", "/bots/{bot}", WIDE],
  ["ads", "/ads", WIDE],
  ["editor", "/ads/{ad}/edit", WIDE],
  ["broadcast", "/ads/{ad}/broadcast", WIDE],
  ["analytics", "/analytics", WIDE],
  ["users", "/users", WIDE],
  ["status", "/system", WIDE],
  ["logs", "/system?tab=logs", WIDE],
  ["editor-dark", "/ads/{ad}/edit", DARK],
  ["home-phone-dark", "/", PHONE],
];
const READINGS = 12; // each takes the broadcast on by one step
/**
 * A page looks different where more pixels than these are off: by what a person sees at once, or by
 * a few levels in the midst of a surface. Both were measured, so that letters that another machine
 * smooths otherwise are no difference (docs/decisions/0061).
 */
const SEEN = { threshold: 0.2, most: 80 };
const RECOLOURED = { levels: 2, most: 10 };
const LOADED_MS = 15_000;
const RENEW = process.env.CRIER_RENEW === "1";
const EXPECTED = new URL("pictures/", import.meta.url);
const DIFFERENT = new URL("../../build/pictures/", import.meta.url);

let server;
let browser;
let opened;
let ids;
before(async () => {
  mock.timers.enable({ apis: ["Date"], now: NOW });
  rmSync(DIFFERENT, { recursive: true, force: true });
  mkdirSync(DIFFERENT, { recursive: true });
  server = await preview({ mode: "fake", logLevel: "warn", preview: { port: 0 } });
  browser = await launch();
  opened = await openPage(browser, { ...SAME, baseURL: server.resolvedUrls.local[0] });
  const { page } = opened;
  await page.clock.setFixedTime(NOW);
  await signIn(page, "/", ENGLISH, ACCOUNT);
  ids = { bot: await firstId(page, "/bots"), ad: await firstId(page, "/ads") };
  await standStill(page, `/api/ads/${ids.ad}/statistics`);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

for (const [name, path, { viewport, colorScheme }] of ALL)
  test(`${name} looks as in its picture`, async () => {
    const { page, complaints } = opened;
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await visit(
      page,
      path.replace(/{(\w+)}/, (_, of) => ids[of]),
      complaints,
    );
    await page.waitForFunction(() => !document.querySelector("main .animate-pulse"));
    await page.evaluate(laidOutAnew);
    if (RENEW) writeFileSync(new URL(`${name}.png`, EXPECTED), await atRest(page));
    else await compare(page, name);
    assert.deepEqual(complaints, []);
  });

/** Opens a page; once more where its load was cut off, as by a network of the machine that changes. */
async function visit(page, path, complaints) {
  const title = page.getByRole("heading", { level: 1 });
  await page.goto(path);
  if (await title.waitFor({ timeout: LOADED_MS }).catch((cut) => cut)) {
    complaints.length = 0;
    await page.goto(path);
    await title.waitFor();
  }
}

/** The fake broadcast goes on with each reading: some are taken here, and pages get the last. */
async function standStill(page, path) {
  let statistics;
  for (let done = 0; done < READINGS; done += 1)
    statistics = await page.evaluate(async (at) => (await fetch(at)).text(), path);
  await page.route(`**${path}`, (route) =>
    route.fulfill({ body: statistics, contentType: "application/json" }),
  );
}

/** Native selects keep their text where it stood in the font that was there before ours had come. */
async function laidOutAnew() {
  await document.fonts.ready;
  document.body.hidden = true;
  document.body.getBoundingClientRect();
  document.body.hidden = false;
}

async function firstId(page, path) {
  await page.goto(path);
  return (await page.locator("tbody a").first().getAttribute("href")).split("/").pop();
}

const shoot = (page) => page.screenshot({ animations: "disabled" });

/** The page when it has stopped to change. */
async function atRest(page) {
  let last = await shoot(page);
  for (let same = 0; same < 3; ) {
    await page.waitForTimeout(300);
    const next = await shoot(page);
    same = next.equals(last) ? same + 1 : 0;
    last = next;
  }
  return last;
}

/** What is still loading is no difference: the picture is right once, or wrong to the end. */
async function compare(page, name) {
  const expected = readFileSync(new URL(`${name}.png`, EXPECTED));
  const until = performance.now() + LOADED_MS;
  for (;;) {
    const actual = await shoot(page);
    const { seen, recoloured, difference } = differing(expected, actual);
    if (seen <= SEEN.most && recoloured <= RECOLOURED.most) return;
    if (performance.now() < until) {
      await page.waitForTimeout(300);
      continue;
    }
    const kept = { expected, actual, difference };
    for (const [kind, bytes] of Object.entries(kept))
      writeFileSync(new URL(`${name}.${kind}.png`, DIFFERENT), bytes);
    assert.fail(
      `${name}: ${seen} pixels differ visibly (${SEEN.most} may), ${recoloured} of surfaces have ` +
        `another colour (${RECOLOURED.most} may). Look at build/pictures/${name}.difference.png; ` +
        "if the page is as it should be, run `make pictures` and commit.",
    );
  }
}

function differing(expected, actual) {
  if (expected.equals(actual)) return { seen: 0, recoloured: 0 };
  const [was, is] = [PNG.sync.read(expected), PNG.sync.read(actual)];
  const { width, height } = was;
  const all = width * height;
  if (width !== is.width || height !== is.height)
    return { seen: all, recoloured: all, difference: actual };
  const drawn = new PNG({ width, height });
  const { threshold } = SEEN;
  const seen = pixelmatch(was.data, is.data, drawn.data, width, height, { threshold });
  return { seen, recoloured: surfacesOff(was, is), difference: PNG.sync.write(drawn) };
}

/** Pixels amid eight of their own colour, in both pictures, whose colours differ: no letter has any. */
function surfacesOff({ data: was, width, height }, { data: is }) {
  const [before, now] = [was, is].map((data) => new Uint32Array(data.buffer, data.byteOffset));
  let count = 0;
  for (let y = 1; y < height - 1; y += 1)
    for (let at = y * width + 1; at < (y + 1) * width - 1; at += 1)
      if (before[at] !== now[at] && isFlat(before, at, width) && isFlat(now, at, width))
        count += isOff(before[at], now[at]) ? 1 : 0;
  return count;
}

function isFlat(pixels, at, width) {
  for (const row of [at - width, at, at + width])
    for (const one of [row - 1, row, row + 1]) if (pixels[one] !== pixels[at]) return false;
  return true;
}

function isOff(before, now) {
  const level = (colour, shift) => (colour >>> shift) & 255;
  return [0, 8, 16].some(
    (shift) => Math.abs(level(before, shift) - level(now, shift)) > RECOLOURED.levels,
  );
}
