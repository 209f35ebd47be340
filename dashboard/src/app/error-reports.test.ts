import { waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { Problem } from "@/api/problem";
import { watchErrors } from "./error-reports";

const loaded = vi.fn();
const init = vi.fn();
const captureException = vi.fn();
vi.mock("@sentry/browser", () => {
  loaded();
  return {
    init,
    captureException,
    dedupeIntegration: vi.fn(),
    linkedErrorsIntegration: vi.fn(),
  };
});

const DSN = { dsn: "https://key@sentry.example.com/2", release: "crier@1", environment: "test" };
const asked = vi.fn();
const told = vi.fn();

function platformSays(error_reports: typeof DSN | null): void {
  vi.stubGlobal("fetch", async (request: Request) => {
    asked(new URL(request.url).pathname);
    if (request.method === "GET") return Response.json({ error_reports });
    told(await request.json());
    return new Response(null, { status: 204 });
  });
}

beforeEach(() => {
  for (const spy of [loaded, init, captureException, asked, told]) spy.mockClear();
});

test("nothing is asked and loaded before an error, and the SDK not without a DSN", async () => {
  platformSays(null);
  const report = watchErrors(() => 7);
  expect(asked).not.toHaveBeenCalled();
  report(new TypeError("rows is null"));
  await waitFor(() => expect(asked).toHaveBeenCalledWith("/api/config"));
  await vi.dynamicImportSettled();
  expect(loaded).not.toHaveBeenCalled();
});

test("an error goes to Sentry with its release and the number of the account", async () => {
  platformSays(DSN);
  const report = watchErrors(() => 7);
  report(new Problem(500, "Failed", "the platform's own"));
  const error = new TypeError("rows is null");
  report(error);
  await waitFor(() => expect(captureException).toHaveBeenCalledTimes(1));
  expect(init.mock.lastCall?.[0]).toMatchObject(DSN);
  expect(captureException.mock.lastCall?.[0]).toBe(error);
  expect(captureException.mock.lastCall?.[1]).toMatchObject({ user: { id: 7 } });
});

test("the platform is told of an error once, without secrets, and not of its own", async () => {
  platformSays(null);
  const report = watchErrors(() => 7);
  const error = new TypeError("sent to 123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw");
  report(new Problem(500, "Failed", "the platform's own"));
  report(error);
  report(error);
  await waitFor(() => expect(told).toHaveBeenCalledTimes(1));
  expect(told.mock.lastCall?.[0]).toMatchObject({
    name: "TypeError",
    message: "sent to <token>",
    path: location.pathname,
  });
  expect(JSON.stringify(told.mock.lastCall)).not.toContain("AAHdq");
});

test("the platform is told nothing by those who are not signed in", async () => {
  platformSays(null);
  watchErrors(() => undefined)(new Error("no rows"));
  await waitFor(() => expect(asked).toHaveBeenCalledWith("/api/config"));
  expect(told).not.toHaveBeenCalled();
});

test("errors without end are not sent without end", async () => {
  platformSays(DSN);
  const report = watchErrors(() => 7);
  for (let count = 0; count < 100; count++) report(new Error(`number ${count}`));
  await waitFor(() => expect(captureException).toHaveBeenCalled());
  await vi.dynamicImportSettled();
  expect(captureException).toHaveBeenCalledTimes(20);
  expect(told).toHaveBeenCalledTimes(20);
});
