/**
 * The pictures of README and docs, from a running platform with the demo: `make screenshots`.
 *
 * Settings: those of `platform.e2e.mjs`, and CRIER_PICTURES, the folder that they go to.
 */
import { launch, openPage, signIn } from "./browser.mjs";

const FOLDER = process.env.CRIER_PICTURES;
const LOOK = { viewport: { width: 1280, height: 800 }, locale: "en-GB", timezoneId: "UTC" };
const TEXT = "The fair is open, come and see it!";

const browser = await launch();
const { page } = await openPage(browser, LOOK);

async function picture(name) {
  await page.locator("h1").waitFor({ state: "attached" }); // also behind a dialog
  await page.waitForFunction(() => !document.querySelector("main .animate-pulse"));
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: `${FOLDER}/${name}.png`, animations: "disabled" });
}

async function first(path) {
  await page.goto(path);
  return page.locator("tbody a").first().getAttribute("href");
}

await signIn(page);
const bot = await first("/bots");
const done = await first("/broadcasts");

await page.goto("/ads/new");
await page.getByLabel("Title").fill("Autumn fair, second week");
const text = page.getByLabel("Text", { exact: true });
await text.click();
await page.keyboard.type(TEXT);
await picture("new-ad");
await page.getByRole("button", { name: "Create ad" }).click();
await page.getByRole("button", { name: "Broadcast" }).click();
await page.getByText(/recipients, about/).waitFor();
await picture("launch");
await page.getByRole("button", { name: /^Send to [\d,]+ chats/ }).click();
await page.waitForURL("**/broadcast**");
await page.waitForFunction(
  () => Number.parseFloat(document.querySelector("main")?.innerText.match(/([\d.]+)%/)?.[1]) > 40,
);
await picture("dashboard");
await page.goto("/");
await picture("home");
for (const [name, path] of Object.entries({
  bots: "/bots",
  bot,
  broadcast: done,
  analytics: "/analytics",
  status: "/system",
  performance: "/system?tab=performance",
  logs: "/system?tab=logs",
  users: "/users",
})) {
  await page.goto(path);
  await picture(name);
}
await browser.close();
