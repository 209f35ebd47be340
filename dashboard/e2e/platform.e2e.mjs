/**
 * The dashboard in a real browser, against a live platform with at least one bot that has
 * subscribers: the demo, or what an acceptance test set up.
 *
 * An issuer of OpenID Connect called Works is set there (tests/support/issuer.py).
 *
 * Settings: CRIER_URL, CRIER_SANDBOX_URL, CRIER_ADMIN_USERNAME, CRIER_ADMIN_PASSWORD; CRIER_CHROMIUM where the browser
 * is not /usr/bin/chromium; CRIER_SCREENSHOTS, a folder for a picture of each page.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { beAtTheIssuer, launch, openPage, openWays, picture, signIn, signOut } from "./browser.mjs";

const DESKTOP = { viewport: { width: 1280, height: 860 } };
const PHONE = { viewport: { width: 375, height: 760 }, isMobile: true, hasTouch: true };
const PAGES = [
  "/",
  "/bots",
  "/ads",
  "/ads/new",
  "/broadcasts",
  "/analytics",
  "/analytics?tab=exports",
  "/security",
  "/users",
  "/system",
  "/system?tab=performance",
  "/system?tab=errors",
  "/system?tab=logs",
];
const TO_THE_END_MS = 300_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Waits for the page's content: its title, and that nothing is loading any more. */
async function settled(page) {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector("main .animate-pulse"));
}

test("a visitor without a session is sent to sign in, and then to where they were going", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  await signIn(page, "/bots");
  await page.waitForURL("**/bots");
  const cookies = await page.context().cookies();
  const access = cookies.find(({ name }) => name.endsWith("crier_access"));
  if (access) assert.equal(access.httpOnly, true, "no script may read the access token");
  await page.getByRole("button", { name: /admin/ }).first().click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Password").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a browser that asks for Russian gets every page in it", async () => {
  const { page, complaints } = await openPage(browser, { ...DESKTOP, locale: "ru-RU" });
  await signIn(page, "/", { username: "Имя пользователя", password: "Пароль" });
  for (const path of PAGES) {
    await page.goto(path);
    await settled(page);
    const english = await page.$$eval(
      "h1, h2, h3, th, legend, nav a, main button:not([translate=no])",
      (all) =>
        all.map(({ textContent }) => textContent.trim()).filter((text) => /[a-z]{3}/.test(text)),
    );
    assert.deepEqual(
      english.filter((text) => !/[а-я]/.test(text)),
      [],
      path,
    );
    await picture(page, `russian ${path.replaceAll(/[/?=]/g, "_")}`);
  }
  assert.equal(await page.locator("html").getAttribute("lang"), "ru");
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a bot is stopped and started", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  await signIn(page, "/bots");
  const stop = page.getByRole("button", { name: /^Stop / }).first();
  const name = (await stop.getAttribute("aria-label")).replace(/^Stop /, "");
  const row = page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
  await stop.click();
  await row.getByText("stopped", { exact: true }).waitFor();
  await row.getByRole("button", { name: `Start ${name}` }).click();
  await row.getByText("running", { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("an ad is written, broadcast and watched to its end", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  await signIn(page, "/ads/new");
  await page.getByLabel("Title").fill("From the browser");
  await writeMessage(page);
  const preview = page.getByRole("group", { name: "Preview" });
  await preview.getByText("Hello Ann!").waitFor();
  await preview.getByRole("blockquote").getByText("while it lasts").waitFor();
  await page.waitForFunction(
    () => document.querySelector("[aria-label=Preview] img")?.naturalWidth > 0,
  );
  assert.equal(await page.getByTestId("counter").textContent(), "97/1,024");
  await picture(page, "editor");
  assert.deepEqual(await axe(page), []);
  await page.getByRole("button", { name: "Create ad" }).click();
  await page.getByRole("button", { name: "Broadcast" }).click();
  await page.getByText(/recipients, about/).waitFor();
  await page.getByRole("button", { name: /^Send to [\d,]+ chats/ }).click();
  await page.waitForURL("**/broadcast**");
  await page.getByRole("progressbar").waitFor();
  await picture(page, "broadcast-live");
  await page
    .getByText("The broadcast is completed.")
    .waitFor({ state: "attached", timeout: TO_THE_END_MS });
  const shown = await page.$$eval("[data-outcome]", (cells) =>
    Object.fromEntries(
      cells.map((cell) => [cell.dataset.outcome, Number(cell.textContent.replace(/\D/g, ""))]),
    ),
  );
  const adId = new URL(page.url()).pathname.split("/")[2];
  const counted = await page.evaluate(
    async (id) => (await fetch(`/api/ads/${id}/statistics`)).json(),
    adId,
  );
  const { audience, ...parts } = shown;
  assert.ok(audience > 0, "the broadcast had an audience");
  assert.equal(
    Object.values(parts).reduce((sum, part) => sum + part, 0),
    audience,
  );
  for (const [outcome, value] of Object.entries(shown)) assert.equal(value, counted[outcome]);
  await picture(page, "broadcast-done");
  const { caption, caption_entities, photo, chat } = await received(page, adId);
  const hello = `Hello ${chat.first_name ?? ""}!\n`;
  assert.equal(caption, `${hello}Sale today\nwhile it lasts`);
  assert.deepEqual(caption_entities, [
    { type: "bold", offset: hello.length, length: 4 },
    { type: "blockquote", offset: hello.length + 11, length: 14 },
  ]);
  assert.ok(photo.length > 0, "the picture came as a photo");
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the log is filtered, grouped, read around a line, and led to by a peak", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  await signIn(page, "/system?tab=logs&hours=24");
  await page.getByLabel("Level").selectOption("info");
  await page.getByRole("button", { name: "Equal messages together" }).click();
  const groups = page.getByRole("table", { name: "Equal messages" });
  const message = await groups.getByRole("button").first().innerText();
  await groups.getByRole("button").first().click();
  await groups.waitFor({ state: "detached" });
  await page.getByRole("button", { name: message, expanded: false }).first().click();
  await page.getByRole("link", { name: "Lines around it" }).click();
  await page.getByRole("heading", { name: "Around one line" }).waitFor();
  await page.getByRole("button", { name: "Live", exact: true }).click();
  await page.getByRole("button", { name: "Live: new lines appear" }).waitFor();
  await picture(page, "logs");
  await page.goto("/system?tab=performance");
  await page
    .getByRole("link", { name: /^Peak .* log lines$/ })
    .first()
    .click();
  await page.waitForURL(/tab=logs.*from=/);
  await page.getByRole("slider").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a crash of the dashboard is reported, and nothing is loaded for it before", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  const asked = [];
  page.on("request", (request) => asked.push(request));
  const reported = () =>
    page.waitForResponse((answer) => new URL(answer.url()).pathname.endsWith("/envelope/"));
  await signIn(page, "/ads");
  await settled(page);
  assert.deepEqual(
    asked.filter((request) => request.url().endsWith("/api/config")),
    [],
  );
  const before = asked.length;
  await page.route("**/api/bots?*", (route) => route.fulfill({ json: { items: [null] } }));
  const crashed = reported();
  await page.getByRole("link", { name: "Bots" }).first().click();
  await page.getByText("The dashboard failed").waitFor();
  await crashed;
  const scripts = asked.slice(before).filter((request) => request.resourceType() === "script");
  assert.ok(scripts.length > 0, "the SDK came with the first error");
  const thrown = reported();
  await page.evaluate(() => {
    setTimeout(() => {
      throw new Error("sent to bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw");
    });
  });
  await thrown;
  await page.unroute("**/api/bots?*");
  await page.goto("/system?tab=errors&program=dashboard");
  const errors = page.getByRole("table", { name: "Errors by kind" });
  for (const name of ["TypeError on /bots", "Error on /bots"]) {
    const [kind, ...place] = name.split(" ");
    const row = errors.getByRole("row").filter({ hasText: place.join(" ") });
    const one = row.filter({ has: page.getByRole("link", { name: kind, exact: true }) });
    await one.getByRole("cell", { name: "1", exact: true }).waitFor();
  }
  assert.doesNotMatch(await errors.innerText(), /AAHdqTcv/);
  assert.deepEqual(
    complaints.filter((complaint) => /policy/i.test(complaint)),
    [],
  );
  await page.context().close();
});

test("an export is started, written by a worker and fetched by its link", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  await signIn(page, "/analytics?tab=exports");
  await page.getByLabel("What").selectOption("bots");
  await page.getByRole("button", { name: "Start export" }).click();
  const link = page.getByRole("link", { name: "Download bots" }).first();
  await link.waitFor({ timeout: TO_THE_END_MS });
  const file = page.waitForEvent("download");
  await link.click();
  const text = readFileSync(await (await file).path(), "utf8");
  assert.match(text, /^\S*id,.*bot_name/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a passkey of a real browser is added, signs in without a password, and is removed", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  const device = await page.context().newCDPSession(page);
  await device.send("WebAuthn.enable");
  await device.send("WebAuthn.addVirtualAuthenticator", { options: DEVICE });
  const home = new URL(process.env.CRIER_URL);
  home.hostname = "localhost"; // browsers bind no passkey to an address
  await signIn(page, home.href);
  await openWays(page);
  await page.getByLabel("Name of the new passkey").fill("Browser");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("never used").waitFor();
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  await openWays(page);
  await page.getByText("never used").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Remove Browser" }).click();
  await page.getByRole("button", { name: "Remove passkey" }).click();
  await page.getByRole("button", { name: "Remove Browser" }).waitFor({ state: "detached" });
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByText("this passkey is not good here").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("an identity at an issuer is linked, signs in, and is unlinked", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  await signIn(page, "/ads");
  await openWays(page);
  await page.getByRole("button", { name: "Link your identity at Works" }).click();
  await beAtTheIssuer(page, "nora");
  await page.getByText("nora is linked").waitFor();
  await page.waitForURL("**/ads");
  await openWays(page);
  await page.getByText("never used").waitFor();
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with Works" }).click();
  await beAtTheIssuer(page, "nora");
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  await openWays(page);
  await page.getByRole("button", { name: "Unlink nora" }).click();
  await page.getByRole("button", { name: "Unlink", exact: true }).click();
  await page.getByRole("button", { name: "Unlink nora" }).waitFor({ state: "detached" });
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with Works" }).click();
  await beAtTheIssuer(page, "nora");
  await page.getByText("no account is linked to nora").waitFor();
  await page.goto("/sign-in/callback?code=stolen&state=anothers");
  await page.getByText("begun in another tab").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

const DEVICE = {
  protocol: "ctap2",
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
};

const LOOKS = {
  "desktop in light colours": { ...DESKTOP, colorScheme: "light" },
  "phone in dark colours": { ...PHONE, colorScheme: "dark" },
};

for (const [look, options] of Object.entries(LOOKS))
  test(`every page fits a ${look} and passes axe`, async () => {
    const { page, complaints } = await openPage(browser, options);
    await signIn(page);
    const bot = await firstLink(page, "/bots");
    const ad = await firstLink(page, "/ads");
    for (const path of [...PAGES, bot, `${bot}?tab=analytics`, ad, `${ad}/broadcast`]) {
      await page.goto(path);
      await settled(page);
      await picture(page, `${look.split(" ")[0]}${path.replaceAll(/\W/g, "-")}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) complaints.push(`${path} is ${over} px too wide`);
      complaints.push(...(await axe(page)).map((violation) => `${path}: ${violation}`));
    }
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

async function firstLink(page, path) {
  await page.goto(path);
  return page.locator("tbody a").first().getAttribute("href");
}

async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

/** Writes a message with the toolbar, the keys and the file chooser. */
async function writeMessage(page) {
  await page.getByRole("textbox", { name: "Text" }).click();
  await page.keyboard.type("Hello ");
  await page.getByRole("button", { name: "Personal fields" }).click();
  await page.getByRole("menuitem", { name: /First name/ }).click();
  await page.waitForFunction(() => document.activeElement?.matches(".ProseMirror"));
  await page.keyboard.type("!\n");
  await page.getByRole("button", { name: "Bold" }).click();
  await page.keyboard.type("Sale");
  await page.keyboard.press("Control+b");
  await page.keyboard.type(" today\nwhile it lasts");
  await page.getByRole("button", { name: "Quote", exact: true }).click();
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Add pictures or videos" }).click();
  await (await chooser).setFiles("../docs/images/dashboard.png");
  await page.getByRole("button", { name: /^Remove 1/ }).waitFor();
}

/** The message of the ad that one recipient got from the simulated Telegram. */
async function received(page, adId) {
  const first = await page.evaluate(async (id) => {
    const answer = await fetch(`/api/ads/${id}/recipients?status=sent&limit=1`);
    const [{ bot_id, chat_id }] = (await answer.json()).items;
    const bot = await (await fetch(`/api/bots/${bot_id}`)).json();
    return { chat_id, telegram_id: bot.telegram_id };
  }, adId);
  const outbox = `/control/bots/${first.telegram_id}/outbox?chat=${first.chat_id}`;
  const { messages } = await (await fetch(process.env.CRIER_SANDBOX_URL + outbox)).json();
  return messages.at(-1).message;
}
