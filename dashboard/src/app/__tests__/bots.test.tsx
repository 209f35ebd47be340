import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { problem } from "@/testing/fake-backend/http";
import { makeBot } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

test("an operator starts a stopped bot and stops it again", async () => {
  const bot = makeBot({ bot_name: "City News", subscribers: 1234 });
  const { user } = renderApp("/bots", { as: "operator", bots: [bot] });
  const row = within(await screen.findByRole("row", { name: /City News/ }));
  expect(row.getByText("1,234")).toBeTruthy();
  await user.click(row.getByRole("button", { name: "Start City News" }));
  await user.click(await row.findByRole("button", { name: "Stop City News" }));
  expect(await row.findByText("stopped")).toBeTruthy();
});

test("several bots are started at once, and one that refuses says why and stays chosen", async () => {
  const bots = ["City News", "City Cats", "Film Club"].map((bot_name) => makeBot({ bot_name }));
  const [first, , third] = bots;
  const { user, backend } = renderApp("/bots", { as: "operator", bots });
  await user.click(await screen.findByRole("checkbox", { name: "Choose City News" }));
  await user.click(screen.getByRole("checkbox", { name: "Choose Film Club" }));
  expect(screen.getByText("2 chosen")).toBeTruthy();
  backend.override(`POST /api/bots/${third?.id}/start`, () =>
    problem(409, "Its token was refused."),
  );
  await user.click(screen.getByRole("button", { name: "Start them" }));
  expect(await screen.findByText("Film Club: Its token was refused.")).toBeTruthy();
  expect(await screen.findByText("Done for 1 bot")).toBeTruthy();
  expect(backend.state.bots.map(({ desired_status }) => desired_status)).toEqual([
    "running",
    "stopped",
    "stopped",
  ]);
  expect(screen.getByText("1 chosen")).toBeTruthy();
  Object.assign(first ?? {}, { welcome: { text: "Hello" } });
  await user.click(screen.getByRole("button", { name: "Copy a welcome…" }));
  await user.click(screen.getByLabelText("Bot that has it"));
  await user.click(await screen.findByRole("option", { name: "City News" }));
  await user.click(screen.getByRole("button", { name: "Replace welcomes" }));
  await waitFor(() => expect(backend.state.bots[2]?.welcome).toEqual({ text: "Hello" }));
});

test("bots are found by name and state, with how many there are, in the address", async () => {
  const bots = [
    makeBot({ bot_name: "City News", status: "running" }),
    makeBot({ bot_name: "City Cats" }),
    makeBot({ bot_name: "Film Club" }),
  ];
  const { user, router, backend } = renderApp("/bots?q=city", { as: "operator", bots });
  expect(await screen.findByRole("button", { name: "all 2" })).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "stopped 1" }));
  await waitFor(() => expect(screen.queryByText("City News")).toBeNull());
  expect(screen.getByText("City Cats")).toBeTruthy();
  await user.selectOptions(screen.getByLabelText("Order"), "by name");
  await waitFor(() => expect(backend.queries.at(-1)?.get("sort")).toBe("name"));
  expect(router.state.location.search).toEqual({ q: "city", status: "stopped", sort: "name" });
});

test("what a list shows is saved under a name, opened again, and forgotten", async () => {
  const bots = [makeBot({ bot_name: "City News" }), makeBot({ bot_name: "Film Club" })];
  const { user, router } = renderApp("/bots?q=city&sort=name", { as: "operator", bots });
  await user.click(await screen.findByRole("button", { name: "Saved views" }));
  await user.type(await screen.findByLabelText("Name of what is shown now"), "Town");
  await user.click(screen.getByRole("button", { name: "Save this view" }));
  await screen.findByRole("button", { name: "Town" });
  await user.keyboard("{Escape}");
  await router.navigate({ to: "/bots", search: {} });
  expect(await screen.findByText("Film Club")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Saved views" }));
  await user.click(await screen.findByRole("button", { name: "Town" }));
  await waitFor(() => expect(router.state.location.search).toEqual({ q: "city", sort: "name" }));
  await user.click(screen.getByRole("button", { name: "Saved views" }));
  await user.click(await screen.findByRole("button", { name: "Forget Town" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Town" })).toBeNull());
});

test("a file of subscribers is looked at before it is imported", async () => {
  const bot = makeBot();
  const { user, backend } = renderApp(`/bots/${bot.id}?tab=subscribers`, {
    as: "operator",
    bots: [bot],
  });
  await user.click(await screen.findByRole("button", { name: "Import" }));
  const dialog = within(await screen.findByRole("dialog"));
  const file = new File(["id,chat\n1,500"], "people.csv", { type: "text/csv" });
  await user.upload(dialog.getByLabelText("File"), file);
  expect(await dialog.findByText(/30 that are there\s+already, 1 that cannot/)).toBeTruthy();
  expect(dialog.getByText("Line 7: abc is no chat id")).toBeTruthy();
  expect(backend.asked).not.toContain(`POST /api/bots/${bot.id}/chats/import`);
  await user.selectOptions(dialog.getByLabelText("Column with the chat ids"), "id");
  await user.click(await dialog.findByRole("button", { name: "Import 1,200 subscribers" }));
  expect(await screen.findByText("1,200 subscribers imported")).toBeTruthy();
  const at = backend.asked.indexOf(`POST /api/bots/${bot.id}/chats/import`);
  expect(backend.queries[at]?.get("column")).toBe("id");
});

test("messages of a bot are read, those of people alone too", async () => {
  const bot = makeBot();
  const { user } = renderApp(`/bots/${bot.id}?tab=messages`, { as: "viewer", bots: [bot] });
  expect(await screen.findByText("At nine")).toBeTruthy();
  await user.selectOptions(screen.getByLabelText("Show"), "from people");
  await waitFor(() => expect(screen.queryByText("At nine")).toBeNull());
  expect(screen.getByText("When do you open?")).toBeTruthy();
});

test("a refused start is shown with the API's words", async () => {
  const bot = makeBot({ bot_name: "City News" });
  const { user, backend } = renderApp("/bots", { as: "operator", bots: [bot] });
  backend.override(`POST /api/bots/${bot.id}/start`, () => problem(503, "The database is down."));
  await user.click(await screen.findByRole("button", { name: "Start City News" }));
  expect(await screen.findAllByText(/The database is down\./)).not.toHaveLength(0);
});

test("a bot is added by its token, and a bad token is named at its field", async () => {
  const { user, backend } = renderApp("/bots", { as: "operator" });
  expect(await screen.findByText("No bots yet")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Add bot" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.type(dialog.getByLabelText("Token"), "nonsense");
  await user.click(dialog.getByRole("button", { name: "Add bot" }));
  expect(await dialog.findByText(/This is no bot token/)).toBeTruthy();
  await user.clear(dialog.getByLabelText("Token"));
  await user.type(dialog.getByLabelText("Token"), "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  await user.type(dialog.getByLabelText("Name"), "Fresh");
  await user.click(dialog.getByRole("button", { name: "Add bot" }));
  expect(await screen.findByRole("row", { name: /Fresh/ })).toBeTruthy();
  expect(backend.state.bots).toHaveLength(1);
});

test("a bot with a revoked token says what to do", async () => {
  const bot = makeBot({ status: "error", desired_status: "running", last_error: "Unauthorized" });
  renderApp(`/bots/${bot.id}`, { as: "operator", bots: [bot] });
  expect((await screen.findByRole("alert")).textContent).toContain("@BotFather");
});

test("the log's filter is read from the address and written to it", async () => {
  const bot = makeBot();
  const line = { timestamp: "2026-11-02T09:30:00Z", context: {} };
  const logs = [
    { ...line, id: 1, log_level: "info" as const, message: "All is well" },
    { ...line, id: 2, log_level: "error" as const, message: "It broke" },
  ];
  const { user, router } = renderApp(`/bots/${bot.id}?tab=logs&level=error`, {
    as: "operator",
    bots: [bot],
    logs: logs as never,
  });
  expect(await screen.findByText("It broke")).toBeTruthy();
  expect(screen.queryByText("All is well")).toBeNull();
  await user.selectOptions(screen.getByLabelText("Level"), "all");
  expect(await screen.findByText("All is well")).toBeTruthy();
  await waitFor(() => expect(router.state.location.search).toEqual({ tab: "logs" }));
});

test("answers of a bot are edited and saved together", async () => {
  const bot = makeBot();
  const { user, backend } = renderApp(`/bots/${bot.id}?tab=answers`, {
    as: "operator",
    bots: [bot],
  });
  await user.click(await screen.findByRole("button", { name: "Add an answer" }));
  await user.type(screen.getByLabelText("What answer 1 reacts to"), "/help");
  const [, source] = await screen.findAllByRole("button", { name: "Source" });
  await user.click(source as HTMLElement);
  await user.type(screen.getByLabelText("Text of answer 1"), "<b>Ask</b> me");
  const [, addRow] = screen.getAllByRole("button", { name: "Add a row" });
  await user.click(addRow as HTMLElement);
  await user.type(screen.getByLabelText("Text of button 1.1"), "Go");
  await user.type(screen.getByLabelText("Link of button 1.1"), "https://a.example");
  await user.click(screen.getByRole("button", { name: "Button beside it" }));
  await user.type(screen.getByLabelText("Text of button 1.2"), "Prices");
  await user.selectOptions(screen.getByLabelText("What button 1.2 does"), "writes");
  await user.type(screen.getByLabelText("What button 1.2 writes"), "price");
  const preview = screen.getAllByLabelText("Preview").at(-1) as HTMLElement;
  expect(within(preview).getByText("Ask").className).toBe("font-bold");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(backend.state.commands[bot.id]).toEqual([
      {
        trigger: "/help",
        match: "command",
        reply: {
          text: "<b>Ask</b> me",
          parse_mode: "HTML",
          buttons: [
            [
              { text: "Go", url: "https://a.example" },
              { text: "Prices", callback_data: "price" },
            ],
          ],
        },
      },
    ]),
  );
});

test.each([
  [null, { text: "Hello", parse_mode: "HTML" }],
  [
    { text: "*Hi*", parse_mode: "MarkdownV2", media_url: "https://a.example/x.mp3", buttons: [] },
    { text: "Hello", parse_mode: "MarkdownV2", media_url: "https://a.example/x.mp3" },
  ],
])("a welcome is written in markup and keeps what it has", async (old, saved) => {
  const bot = makeBot({ welcome: old as never });
  const path = `/bots/${bot.id}?tab=answers`;
  const { user, backend } = renderApp(path, { as: "operator", bots: [bot] });
  await screen.findByLabelText("Answer to /start");
  if (!old) await user.click(screen.getByRole("button", { name: "Source" }));
  const area = screen.getByLabelText("Answer to /start");
  await user.clear(area);
  await user.type(area, "Hello");
  await user.click(screen.getByRole("button", { name: "Save welcome" }));
  await waitFor(() => expect(backend.state.bots[0]?.welcome).toMatchObject(saved));
});

test("deleting a bot says first what goes and what stays", async () => {
  const bot = makeBot({ bot_name: "City News" });
  const { user, backend } = renderApp(`/bots/${bot.id}?tab=settings`, {
    as: "operator",
    bots: [bot],
  });
  await user.click(await screen.findByRole("button", { name: "Delete bot" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(backend.state.bots).toHaveLength(1);
  expect(await dialog.findByText(/12,345 messages, 77 single clicks/)).toBeTruthy();
  expect(dialog.getByText(/5 recipients of running broadcasts are skipped/)).toBeTruthy();
  expect(dialog.getByText(/Stays as sums: its part in 3 broadcasts/)).toBeTruthy();
  await user.click(dialog.getByRole("button", { name: "Delete bot" }));
  expect(await screen.findByText("No bots yet")).toBeTruthy();
});

test("a list that cannot be read says why and can be tried again", async () => {
  const bots = [makeBot({ bot_name: "City News" })];
  const { user, backend } = renderApp("/bots", { as: "operator", bots });
  backend.override("GET /api/bots", () => problem(404, "Lost for a moment."), 2); // the tab's title asks as well
  expect((await screen.findByRole("alert")).textContent).toContain("Lost for a moment.");
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("City News")).toBeTruthy();
});
