import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderApp } from "@/testing/render-app";

const SEEN = "2026-11-02T09:30:00Z";
const ERROR = {
  id: 7,
  program: "worker",
  kind: "sqlalchemy.exc.DataError in crier.jobs.tasks._launch_due",
  message: "invalid input syntax for type bigint",
  state: "open" as const,
  count: 1234,
  first_seen: SEEN,
  last_seen: SEEN,
  changed_at: null,
  changed_by: null,
  came_again: false,
  hours: Array.from({ length: 24 }, (_, hour) => hour % 3),
  sample: {
    at: SEEN,
    event: "job_failed",
    request_id: null,
    trace_id: null,
    job_id: 99,
    bot_id: 4,
    ad_id: 8,
    broadcast_id: 12,
    export_id: null,
    user_id: null,
    trace: "Traceback: launch.py",
    context: { task: "launch" },
  },
};

test("an admin finds a kind of error, looks at one of the last, and resolves it", async () => {
  const { user, router } = renderApp("/system?tab=errors", { as: "admin", errors: [{ ...ERROR }] });
  const table = within(await screen.findByRole("table", { name: "Errors by kind" }));
  expect(table.getByText("1,234")).toBeTruthy();
  expect(table.getByText("in crier.jobs.tasks._launch_due")).toBeTruthy();
  await user.click(table.getByRole("link", { name: "DataError" }));
  expect(await screen.findByText("Traceback: launch.py")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Bot 4" })).toBeTruthy();
  expect(screen.getByRole("link", { name: "12" }).getAttribute("href")).toBe(
    "/ads/8/broadcast?broadcast_id=12",
  );
  await user.click(screen.getByRole("button", { name: "Resolve" }));
  expect(await screen.findByRole("button", { name: "Reopen" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Mark as known" })).toBeNull();
  await user.click(screen.getByRole("link", { name: "All errors" }));
  expect(await screen.findByText("Nothing fails")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: /^Resolved/ }));
  expect(await screen.findByRole("link", { name: "DataError" })).toBeTruthy();
  expect(router.state.location.search).toMatchObject({ tab: "errors", state: "resolved" });
});

test("the log lines of the minute of an error are one click away, and the last hour another", async () => {
  const { user, backend } = renderApp("/system?tab=errors&error=7", {
    as: "viewer",
    errors: [{ ...ERROR, came_again: true, changed_at: SEEN }],
  });
  expect(await screen.findByText("Came again after it was resolved")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Resolve" })).toBeNull();
  await user.click(screen.getByRole("link", { name: "Log lines of that minute" }));
  const asked = () => backend.queries[backend.asked.lastIndexOf("GET /api/system/logs")];
  await waitFor(() => expect(asked()?.get("since")).toBe("2026-11-02T09:29:30.000Z"));
  expect(asked()?.get("until")).toBe("2026-11-02T09:30:30.000Z");
  await user.selectOptions(screen.getByRole("combobox", { name: "Span" }), "last hour");
  await waitFor(() => expect(asked()?.get("until")).toBeNull());
});

test("home tells an admin of open kinds of errors", async () => {
  renderApp("/", { as: "admin", errors: [{ ...ERROR }] });
  expect(await screen.findByText("One kind of error is open")).toBeTruthy();
});
