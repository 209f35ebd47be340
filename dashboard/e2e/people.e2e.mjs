/** People in a real browser, on the platform of platform.e2e.mjs: a team's, and one with a chat. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, openPage, picture, signIn } from "./browser.mjs";

const DESKTOP = { viewport: { width: 1280, height: 860 } };
const LOOKS = {
  "team light": { ...DESKTOP, colorScheme: "light" },
  "team dark phone": {
    viewport: { width: 375, height: 760 },
    isMobile: true,
    hasTouch: true,
    colorScheme: "dark",
    locale: "ru-RU",
  },
};
const PASSWORD = "a member's own phrase";
const NORA = 4_242_424_242;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test("a team is made, a member joins by a link, sees it alone, becomes less and goes with it", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  const { ours, link } = await makeTeam(page);
  const other = await openPage(browser, DESKTOP);
  const member = other.page;
  await join(member, link);
  const seen = async () => [
    await listed(member, "/api/ads/list"),
    await listed(member, "/api/bots"),
  ];
  assert.deepEqual(await seen(), [[ours], []]);
  await member.goto("/bots");
  await member.getByRole("button", { name: "Add bot" }).first().waitFor();

  await page.goto("/members");
  for (const [look, options] of Object.entries(LOOKS)) await show(page, look, options);
  await page.getByRole("button", { name: "Manage nina" }).click();
  const bots = page.getByRole("checkbox", { name: "Add and run bots" });
  await bots.click();
  await page.waitForFunction(() => document.body.innerText.includes("with less"));
  assert.equal(await bots.isChecked(), false);
  await member.goto("/bots");
  await member.getByRole("heading", { level: 1 }).waitFor();
  assert.equal(await member.getByRole("button", { name: "Add bot" }).count(), 0);
  await page.getByLabel("Role").selectOption("viewer");
  await page.getByRole("button", { name: "Change role" }).click();
  await page.getByText("nina is now viewer").waitFor();
  await picture(page, "member");
  await member.reload();
  await member.getByRole("heading", { level: 1 }).waitFor();
  assert.equal(await member.getByRole("button", { name: "Add bot" }).count(), 0);
  assert.deepEqual(await seen(), [[ours], []]);

  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Manage the team Acme" }).click();
  await page.getByRole("button", { name: "Delete team" }).click();
  await page.getByText(/2 members act for themselves/).waitFor();
  await picture(page, "team deletion");
  await page
    .getByRole("dialog", { name: /^Delete/ })
    .getByRole("button", { name: "Delete team" })
    .click();
  await page.waitForURL((url) => url.pathname === "/");
  await member.goto("/members");
  await member.getByText("You work alone here").waitFor();
  assert.deepEqual(await listed(member, "/api/ads/list"), []);
  assert.deepEqual([...complaints, ...other.complaints], []);
  await page.context().close();
  await member.context().close();
});

test("a chat is linked by a link of the platform's bot, and gets a test", async () => {
  const { page, complaints } = await openPage(browser, DESKTOP);
  await signIn(page, "/system?tab=settings");
  const card = page.getByRole("region", { name: "The platform's bot" });
  await card.getByRole("button", { name: "Show bot" }).click();
  await page.getByRole("option").first().click();
  await card.getByRole("button", { name: "Save" }).click();
  await page.getByText("The platform's bot is changed").waitFor();
  const { id, username } = (await read(page, "/api/workspace")).platform_bot;
  const { telegram_id } = await read(page, `/api/bots/${id}`);
  await inMenu(page, /admin/, "Notices");
  await page.getByRole("button", { name: "Link a chat" }).click();
  const link = page.getByRole("link", { name: "Open in Telegram" });
  const url = new URL(await link.getAttribute("href"));
  assert.equal(url.pathname, `/${username}`);
  const people = [{ id: NORA, first_name: "Nora", username: "nora", status: "seen" }];
  await inTelegram(telegram_id, "people", { people });
  const text = `/start ${url.searchParams.get("start")}`;
  await inTelegram(telegram_id, "messages", { from: NORA, text });
  await page.getByText(`Nora @nora with @${username}`).waitFor();
  await picture(page, "notices linked");
  await page.keyboard.press("Escape");
  await page.goto(`/ads/${await draft(page, "Try me")}`);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByLabel("To my chat: Nora @nora").waitFor();
  await picture(page, "test to my chat");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText("The test message was sent").waitFor();
  const { messages } = await inTelegram(telegram_id, `outbox?chat=${NORA}&limit=10`);
  assert.equal(messages.at(-1).message.text, "Try me");
  assert.deepEqual(complaints, []);
  await page.context().close();
});

/** Makes a team and acts in it; its one ad, and a link for a member. */
async function makeTeam(page) {
  await signIn(page, "/users");
  await page.getByRole("button", { name: "Make a team" }).click();
  const form = page.getByRole("dialog", { name: "Make a team" });
  await form.getByLabel("Name of the team").fill("Acme");
  await form.getByRole("button", { name: "Make a team" }).click();
  await page.getByRole("button", { name: "Manage the team Acme" }).waitFor();
  await picture(page, "teams");
  await inMenu(page, /admin/, "Switch to Acme");
  await page
    .getByRole("button", { name: /admin.*Acme/ })
    .first()
    .waitFor();
  const ours = await draft(page, "Ours alone");
  await page.goto("/members");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
  return { ours, link };
}

async function join(member, link) {
  await member.goto(new URL(link).pathname + new URL(link).hash);
  await member.getByLabel("Username").fill("nina");
  await member.getByLabel("Password").fill(PASSWORD);
  await member.getByRole("button", { name: "Create account" }).click();
  await member
    .getByRole("button", { name: /nina.*Acme/ })
    .first()
    .waitFor();
}

async function inMenu(page, name, item) {
  await page.getByRole("button", { name }).first().click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** Writes an ad in the editor; its id. */
async function draft(page, text) {
  await page.goto("/ads/new");
  await page.getByRole("textbox", { name: "Text" }).click();
  await page.keyboard.type(text);
  await page.getByRole("button", { name: "Create ad" }).click();
  await page.waitForURL(/\/ads\/\d+$/);
  return Number(new URL(page.url()).pathname.split("/")[2]);
}

/** What the API tells the page's session. */
function read(page, path) {
  return page.evaluate(async (asked) => (await fetch(asked)).json(), path);
}

async function listed(page, path) {
  return (await read(page, path)).items.map(({ id }) => id);
}

/** A picture of the page as it looks in another browser of the same session. */
async function show(page, name, options) {
  const { page: shown } = await openPage(browser, {
    ...options,
    storageState: await page.context().storageState(),
  });
  await shown.goto(new URL(page.url()).pathname);
  await shown.getByRole("button", { name: /nina/ }).waitFor();
  const over = await shown.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${name} is ${over} px too wide`);
  await picture(shown, name);
  await shown.context().close();
}

/** Plays somebody in the simulated Telegram, or looks at what a bot has sent there. */
async function inTelegram(bot, what, body) {
  const answer = await fetch(`${process.env.CRIER_SANDBOX_URL}/control/bots/${bot}/${what}`, {
    method: body ? "POST" : "GET",
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}
