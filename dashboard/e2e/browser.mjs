/** The system's Chromium, and a page that remembers everything it complained about. */
import { existsSync, mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const EXECUTABLE = process.env.CRIER_CHROMIUM ?? "/usr/bin/chromium";

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the browser test needs a running platform`);
  return value;
}

export function launch() {
  if (!existsSync(EXECUTABLE))
    throw new Error(`no browser at ${EXECUTABLE}: apt-get install chromium, or set CRIER_CHROMIUM`);
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}

/** Script errors and breaches of the page's own security policy, in `complaints`. */
export async function openPage(browser, options) {
  const baseURL = options?.baseURL ?? setting("CRIER_URL");
  const context = await browser.newContext({ ...options, baseURL });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints };
}

export const ENGLISH = { username: "Username", password: "Password" };

const admin = () => ({
  username: setting("CRIER_ADMIN_USERNAME"),
  password: setting("CRIER_ADMIN_PASSWORD"),
});

/** Takes a picture of the page where CRIER_SCREENSHOTS names a folder for them. */
export async function picture(page, name) {
  const folder = process.env.CRIER_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** `labels` are those of the two fields, in the language of the page. */
export async function signIn(page, path = "/", labels = ENGLISH, account = admin()) {
  await page.goto(path);
  await page.getByLabel(labels.username).fill(account.username);
  await page.getByLabel(labels.password).fill(account.password);
  await page.keyboard.press("Enter");
  await page.getByRole("navigation").first().waitFor();
}

export async function beAtTheIssuer(page, name) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Continue" }).click();
}

export async function openWays(page) {
  await page.getByRole("button", { name: /admin/ }).first().click();
  await page.getByRole("menuitem", { name: "Ways to sign in" }).click();
}

export async function signOut(page) {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Ways to sign in" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: /admin/ }).first().click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Password").waitFor();
}
