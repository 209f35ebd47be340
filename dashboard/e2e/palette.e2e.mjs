/** The command palette and the shortcuts, by the keyboard alone. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, openPage, signIn } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const LOOKS = {
  "desktop in light colours": { viewport: { width: 1280, height: 860 }, colorScheme: "light" },
  "phone in dark colours": { viewport: { width: 375, height: 760 }, colorScheme: "dark" },
};

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** Opens the palette and types; returns its items. */
async function find(page, text) {
  await press(page, "Control+k");
  await page.getByRole("dialog").getByRole("combobox").fill(text);
  return page.getByRole("dialog").getByRole("option");
}

test("a page, a bot, an ad and a person are reached by a few letters, and a command is done", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, "/bots");
  const bot = await page.locator("tbody a").first().textContent();
  await page.goto("/ads");
  const ad = await page.locator("tbody a").first().textContent();
  await (await find(page, "analyt")).filter({ hasText: "Analytics" }).waitFor();
  await press(page, "Enter");
  await page.waitForURL("**/analytics");
  for (const [kind, name, url] of [
    ["Bots", bot, /\/bots\/\d+$/],
    ["Ads", ad, /\/ads\/\d+$/],
    ["Broadcasts", ad, /\/ads\/\d+\/broadcast\?broadcast_id=\d+$/],
    ["Users", "admin", /\/users\?q=admin$/],
  ]) {
    await find(page, name);
    await page.getByRole("group", { name: kind }).getByRole("option").first().click();
    await page.waitForURL(url);
  }
  await (await find(page, "add bot")).first().waitFor();
  await press(page, "Enter");
  await page.getByRole("dialog", { name: "Add a bot" }).waitFor();
  await press(page, "Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const dark = await page.evaluate(() => document.documentElement.dataset.theme);
  await (await find(page, "colours")).first().waitFor();
  await press(page, "Enter");
  await page.waitForFunction((old) => document.documentElement.dataset.theme !== old, dark);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("g and a letter lead to a page, not where somebody types, nor once that is switched off", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, "/bots");
  await page.getByLabel("Search bots").fill("");
  await press(page, "g", "a");
  await page.waitForURL("**/bots?q=ga");
  await page.getByRole("heading", { level: 1 }).click();
  await press(page, "g", "r");
  await page.waitForURL("**/broadcasts");
  await press(page, "?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await sheet.getByRole("checkbox").uncheck();
  await press(page, "Escape");
  await sheet.waitFor({ state: "detached" });
  await press(page, "g", "a", "?");
  await (await find(page, "keyboard")).first().waitFor();
  assert.match(page.url(), /\/broadcasts$/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

for (const [look, options] of Object.entries(LOOKS))
  test(`the palette and the sheet fit a ${look} and pass axe`, async () => {
    const { page, complaints } = await openPage(browser, options);
    await signIn(page, "/broadcasts");
    for (const open of [() => find(page, "e"), () => press(page, "Escape", "?")]) {
      await open();
      const dialog = page.getByRole("dialog");
      await dialog.waitFor();
      await page.waitForFunction(() =>
        document.getAnimations().every(({ playState }) => playState === "finished"),
      );
      const box = await dialog.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= options.viewport.width, JSON.stringify(box));
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
        [],
      );
    }
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
