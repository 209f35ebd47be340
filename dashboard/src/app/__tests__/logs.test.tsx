import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderApp } from "@/testing/render-app";

const LINE = { timestamp: new Date().toISOString(), log_level: "error" as const, context: {} };
const LOGS = [
  { ...LINE, id: 3, message: "pool_lost", context: { request_id: "r-7" } },
  { ...LINE, id: 2, message: "token_refused" },
  { ...LINE, id: 1, message: "token_refused" },
];

test("equal messages are grouped, and lead to their lines", async () => {
  const { user, router } = renderApp("/system?tab=logs", { as: "viewer", logs: LOGS });
  await user.click(await screen.findByRole("button", { name: "Equal messages together" }));
  const table = await screen.findByRole("table", { name: "Equal messages" });
  const row = within(table).getByRole("row", { name: /token_refused/ });
  expect(within(row).getByRole("cell", { name: "2" })).toBeTruthy();
  await user.click(within(row).getByRole("button", { name: "token_refused" }));
  await waitFor(() =>
    expect(router.state.location.search).toEqual({
      tab: "logs",
      q: "token_refused",
      level: "error",
      source: "worker",
    }),
  );
  expect(await screen.findAllByRole("button", { name: "token_refused" })).toHaveLength(2);
  expect(screen.queryByRole("button", { name: "pool_lost" })).toBeNull();
});

test("a line opens, filters by its request, and is shown among those around it", async () => {
  const { user, router } = renderApp("/system?tab=logs", { as: "viewer", logs: LOGS });
  await user.click(await screen.findByRole("button", { name: "pool_lost" }));
  expect(screen.getByText("request_id:")).toBeTruthy();
  await user.click(screen.getByRole("link", { name: "Lines around it" }));
  const title = await screen.findByRole("heading", { name: "Around one line" });
  const around = title.closest("section") as HTMLElement;
  await waitFor(() => expect(within(around).getAllByRole("listitem")).toHaveLength(3));
  await user.click(within(around).getByRole("button", { name: "Only this request" }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ request_id: "r-7" }));
  await user.click(within(around).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByText("Around one line")).toBeNull());
});

test("a bar of the histogram is chosen by keys and shows its minute", async () => {
  const { router, backend } = renderApp("/system?tab=logs", { as: "viewer", logs: LOGS });
  const bars = await screen.findByRole("slider");
  expect(bars.getAttribute("aria-valuetext")).toMatch(/3 lines$/);
  fireEvent.keyDown(bars, { key: "Enter" });
  await waitFor(() => expect(router.state.location.search).toHaveProperty("from"));
  const { from, to } = router.state.location.search as { from: string; to: string };
  expect(Date.parse(to) - Date.parse(from)).toBe(60_000);
  const at = backend.asked.lastIndexOf("GET /api/system/logs");
  expect(backend.queries[at]?.get("since")).toBe(from);
});

test("new lines appear while the log is live", async () => {
  const { user, backend } = renderApp("/system?tab=logs", { as: "viewer", logs: [...LOGS] });
  await screen.findByRole("button", { name: "pool_lost" });
  await user.click(screen.getByRole("button", { name: "Live" }));
  backend.state.logs.unshift({ ...LINE, id: 4, message: "came_later" });
  expect(await screen.findByRole("button", { name: "came_later" })).toBeTruthy();
  expect(screen.getAllByRole("button", { name: "pool_lost" })).toHaveLength(1);
});

test("a bot's sends stand against its allowed rate, and its peak leads to its log", async () => {
  const { user, router } = renderApp("/system?tab=performance", { as: "viewer", logs: LOGS });
  expect(await screen.findByText(/it may send 30 messages a second/)).toBeTruthy();
  await user.selectOptions(screen.getByLabelText("By"), "bot");
  expect(await screen.findByText("6 (0.5%)")).toBeTruthy();
  await user.click(screen.getByRole("link", { name: /^Peak 0.1 \(Told to wait/ }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ bot_id: 1 }));
});

test("the peak of a chart leads to the log lines of that time", async () => {
  const { user, router } = renderApp("/system?tab=performance", { as: "viewer", logs: LOGS });
  const [peak] = await screen.findAllByRole("link", { name: /^Peak .*: log lines$/ });
  await user.click(peak as HTMLElement);
  await waitFor(() => expect(router.state.location.search).toMatchObject({ tab: "logs" }));
  const { from, to } = router.state.location.search as { from: string; to: string };
  expect(Date.parse(to)).toBeGreaterThan(Date.parse(from));
  expect(await screen.findByRole("slider")).toBeTruthy();
});
