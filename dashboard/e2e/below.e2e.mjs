/**
 * The dashboard below a path of a host that has other programs as well, behind nginx and TLS.
 *
 * Settings as in platform.e2e.mjs; CRIER_URL is the address with its path.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { beAtTheIssuer, launch, openPage, openWays, signIn, signOut } from "./browser.mjs";

const { pathname: ROOT, host: HOST } = new URL(process.env.CRIER_URL);

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test("everything stays below the path: pages, their files, the API and the issuer's way back", async () => {
  const { page, complaints } = await openPage(browser, { ignoreHTTPSErrors: true });
  const astray = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.host === HOST && !url.pathname.startsWith(`${ROOT}/`)) astray.push(url.pathname);
  });
  const failed = [];
  page.on("response", (answer) => {
    if (answer.status() >= 400 && answer.status() !== 401) failed.push(answer.url());
  });
  await signIn(page, `${ROOT}/analytics?tab=exports`);
  await page.waitForURL(`**${ROOT}/analytics?tab=exports`);
  await page.reload();
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  await page.getByRole("link", { name: "Ads", exact: true }).click();
  await page.waitForURL(`**${ROOT}/ads`);
  await openWays(page);
  await page.getByRole("button", { name: "Link your identity at Works" }).click();
  await beAtTheIssuer(page, "nora");
  await page.getByText("nora is linked").waitFor();
  await page.waitForURL(`**${ROOT}/ads`);
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with Works" }).click();
  await beAtTheIssuer(page, "nora");
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  const paths = (await page.context().cookies()).map(({ path }) => path);
  assert.deepEqual([...new Set(paths)].sort(), [`${ROOT}/`, `${ROOT}/api/auth`]);
  await page.goto(`${ROOT}/api/docs`);
  await page.getByRole("heading", { name: "Crier" }).first().waitFor();
  assert.deepEqual(astray, []);
  assert.deepEqual(failed, []);
  assert.deepEqual(complaints, []);
});
