import type { Bot, BotCommand } from "@/api/types";
import { type Asked, empty, json, list, problem, type Routes } from "./http.ts";
import { makeBot } from "./makers.ts";
import type { FakeState } from "./state.ts";

const TOKEN = /^\d{6,}:[\w-]{20,}$/;

/** Bots, and everything below one bot. */
export function botRoutes(state: FakeState): Routes {
  const one = (answer: (bot: Bot, asked: Asked) => Response) => (asked: Asked) => {
    const bot = state.bots.find(({ id }) => id === asked.id);
    return bot ? answer(bot, asked) : problem(404, "There is no such bot.");
  };
  const run = (status: Bot["status"], desired_status: Bot["desired_status"]) =>
    one((bot) => json(Object.assign(bot, { status, desired_status, last_error: null }), 202));
  return {
    "GET /api/bots": ({ query }) => listBots(state, query),
    "POST /api/bots/#/chats/import/preview": () => json(IMPORT),
    "POST /api/bots/#/chats/import": () => json(IMPORT, 202),
    "GET /api/bots/#/messages": ({ query }) =>
      list(MESSAGES.filter((one) => [null, one.direction].includes(query.get("direction")))),
    "POST /api/bots/add": ({ body }) => addBot(state, body),
    "GET /api/bots/#": one((bot) => json(bot)),
    "PATCH /api/bots/#": one((bot, { body }) => json(Object.assign(bot, body))),
    "DELETE /api/bots/#": one((bot) => {
      state.bots = state.bots.filter((other) => other !== bot);
      return empty();
    }),
    "GET /api/bots/#/deletion": one((bot) => json(deletion(bot))),
    "POST /api/bots/#/start": run("running", "running"),
    "POST /api/bots/#/stop": run("stopped", "stopped"),
    "POST /api/bots/#/restart": run("running", "running"),
    "GET /api/bots/#/status": one((bot) => json(status(bot))),
    "GET /api/bots/#/metrics": one((bot) => json(metrics(bot))),
    "GET /api/bots/#/logs": ({ query }) => {
      const level = query.get("level");
      const fits = state.logs.filter((line) => !level || line.log_level === level);
      return list(fits.filter(({ message }) => message.includes(query.get("q") ?? "")));
    },
    "GET /api/bots/#/chats": ({ query }) => {
      const asked = query.get("status");
      return list(state.chats.filter(({ status }) => !asked || status === asked));
    },
    "GET /api/bots/#/commands": ({ id }) => json({ items: state.commands[id] ?? [] }),
    "PUT /api/bots/#/commands": ({ id, body }) => {
      state.commands[id] = body.items as BotCommand[];
      return json({ items: state.commands[id] });
    },
  };
}

const IMPORT = {
  accepted: 1_200,
  duplicates: 30,
  rejected: [{ line: 7, reason: "abc is no chat id" }],
  rejected_total: 1,
  understood: { separator: ",", columns: ["id", "chat"], column: "chat", first_rows: [] },
};

const MESSAGE = { id: 1, chat_id: 77, message_type: "text", ad_id: null, error: null };
const MESSAGES = [
  { ...MESSAGE, direction: "in", content: "When do you open?", status: "received" },
  { ...MESSAGE, id: 2, direction: "out", content: "At nine", status: "sent" },
].map((message) => ({ ...message, sent_at: "2026-11-02T09:30:00Z" }));

function listBots(state: FakeState, query: URLSearchParams): Response {
  const [q, status] = [(query.get("q") ?? "").toLowerCase(), query.get("status")];
  const found = state.bots.filter(({ bot_name }) => bot_name.toLowerCase().includes(q));
  const totals: Record<string, number> = {};
  for (const bot of found) totals[bot.status] = (totals[bot.status] ?? 0) + 1;
  const items = found.filter((bot) => !status || bot.status === status);
  return json({ items, next_cursor: null, totals });
}

function addBot(state: FakeState, body: Asked["body"]): Response {
  const token = String(body.bot_token);
  if (!TOKEN.test(token))
    return problem(422, "The body does not fit.", {
      errors: [{ field: "bot_token", message: "This is no bot token. Copy it from @BotFather." }],
    });
  const bot = makeBot({ bot_name: String(body.bot_name ?? "New Bot") });
  state.bots.unshift(bot);
  return json(bot, 201);
}

function deletion({ subscribers }: Bot) {
  return {
    goes: {
      chats: subscribers,
      messages: 12_345,
      clicks: 77,
      pending_recipients: 5,
      schedules: 1,
    },
    stays: { broadcasts: 3, sent: 9_000, clicks: 410 },
  };
}

function status({ id, status, desired_status, instance_id, last_active, last_error }: Bot) {
  const up = status === "running";
  return {
    id,
    status,
    desired_status,
    instance_id,
    worker: up ? "worker-1" : null,
    started_at: up ? new Date(Date.now() - 5_400_000).toISOString() : null,
    uptime_seconds: up ? 5_400 : null,
    restarts: 0,
    last_active,
    last_error,
    pending_updates: up ? 0 : 12,
  };
}

function metrics({ id, subscribers }: Bot) {
  const series = Array.from({ length: 24 }, (_, hour) => ({
    at: new Date(Date.now() - (23 - hour) * 3_600_000).toISOString(),
    messages_in: 20 + Math.round(14 * Math.sin(hour / 3)),
    messages_out: 60 + Math.round(40 * Math.sin(hour / 4 + 1)),
    new_subscribers: 3,
    lost_subscribers: 1,
    errors: hour % 9 === 0 ? 2 : 0,
    latency_p50_ms: 40,
    latency_p95_ms: 120,
  }));
  const totals = {
    messages_in: 512,
    messages_out: 1_460,
    active_users: 640,
    blocked: 37,
    errors: 6,
  };
  return { id, totals: { ...totals, subscribers }, series };
}
