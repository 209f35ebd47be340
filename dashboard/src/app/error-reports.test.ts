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

function platformSays(error_reports: typeof DSN | null): void {
  vi.stubGlobal("fetch", async (request: Request) => {
    asked(new URL(request.url).pathname);
    return Response.json({ error_reports });
  });
}

beforeEach(() => {
  for (const spy of [loaded, init, captureException, asked]) spy.mockClear();
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

test("errors without end are not sent without end", async () => {
  platformSays(DSN);
  const report = watchErrors(() => undefined);
  for (let count = 0; count < 100; count++) report(new Error(`number ${count}`));
  await waitFor(() => expect(captureException).toHaveBeenCalled());
  await vi.dynamicImportSettled();
  expect(captureException).toHaveBeenCalledTimes(20);
});
