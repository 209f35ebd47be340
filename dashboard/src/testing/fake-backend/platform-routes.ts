import { json, list, problem, type Routes } from "./http.ts";
import { makeErasure } from "./makers.ts";
import type { FakeState } from "./state.ts";

/** The overview, the system's state and the audit log. */
export function platformRoutes(state: FakeState): Routes {
  return {
    "GET /api/analytics/dashboard": () =>
      json({ totals: totals(state), ...tops(state), ...traffic(), previous: PREVIOUS }),
    "GET /api/system/status": () => json(SYSTEM),
    "PUT /api/system/workers": () => json({ processes: SYSTEM.processes }, 202),
    "GET /api/system/performance": () => json(performance()),
    "GET /api/system/performance/breakdown": ({ query }) => json(breakdown(query)),
    "GET /api/audit": () => list(AUDIT),
    "GET /api/security/events": ({ query }) => {
      const [kind, person] = [query.get("kind"), query.get("person")];
      const fits = state.events.filter((event) => !kind || event.kind === kind);
      return list(fits.filter(({ actor }) => !person || actor === person));
    },
    "GET /api/system/errors": ({ query }) => {
      const state_ = query.get("state");
      const items = state.errors.filter((error) => !state_ || error.state === state_);
      const many = (of: string) => state.errors.filter((error) => error.state === of).length;
      const totals = { open: many("open"), known: many("known"), resolved: many("resolved") };
      return json({ items, next_cursor: null, totals });
    },
    "GET /api/system/errors/#": ({ id }) => {
      const error = state.errors.find((one) => one.id === id);
      return error ? json(error) : problem(404, "there is no such kind of error");
    },
    "PATCH /api/system/errors/#": ({ id, body }) => {
      const error = state.errors.find((one) => one.id === id);
      if (!error) return problem(404, "there is no such kind of error");
      Object.assign(error, body, { came_again: false, changed_by: "admin" });
      return json(Object.assign(error, { changed_at: new Date().toISOString() }));
    },
    "GET /api/erasures": () => list(state.erasures),
    "POST /api/people/erase": () => {
      const erasure = makeErasure();
      state.erasures.unshift(erasure);
      return json(erasure, 202);
    },
    "POST /api/people/export": ({ body }) =>
      json({ chat_id: body.chat_id, exported_at: new Date().toISOString(), data: {} }),
  };
}

const PREVIOUS = {
  counted: { from: "2026-01-01T00:00:00Z", to: "2026-01-08T00:00:00Z" },
  messages_in: 4_000,
  messages_out: 18_000,
  new_subscribers: 200,
  lost_subscribers: 40,
  clicks: 1_000,
  errors: 3,
  throttled: 1,
  sent: 20_000,
  ctr: 0.05,
  revenues: [],
};

function totals({ bots, ads }: FakeState) {
  return {
    bots: bots.length,
    bots_running: bots.filter(({ status }) => status === "running").length,
    subscribers: bots.reduce((sum, bot) => sum + bot.subscribers, 0),
    active_users: 3_120,
    messages_in: 4_210,
    messages_out: 18_904,
    ads: ads.length,
    ads_broadcasting: ads.filter(({ status }) => status === "broadcasting").length,
    sent: 18_211,
    clicks: 1_304,
    ctr: 0.0716,
    revenue: "450.00",
    currency: "EUR",
    revenues: [
      { currency: "EUR", amount: "450.00" },
      { currency: "USD", amount: "120.00" },
    ],
  };
}

function traffic() {
  const series = Array.from({ length: 24 }, (_, hour) => ({
    at: new Date(Date.now() - (23 - hour) * 3_600_000).toISOString(),
    messages_in: 160 + Math.round(90 * Math.sin(hour / 3)),
    messages_out: 700 + Math.round(500 * Math.sin(hour / 4 + 1)),
    new_subscribers: 14 + Math.round(8 * Math.sin(hour / 2)),
    lost_subscribers: 3 + (hour % 4),
    clicks: 50 + Math.round(30 * Math.sin(hour / 4 + 1)),
  }));
  return { series };
}

function tops({ bots, ads }: FakeState) {
  const counts = { messages_in: 120, messages_out: 940, new_subscribers: 14, lost_subscribers: 2 };
  return {
    top_bots: bots.slice(0, 5).map((bot) => ({ ...bot, ...counts, clicks: 31 })),
    top_ads: ads.slice(0, 5).map((ad) => ({ ...ad, sent: 4_710, clicks: 322, ctr: 0.061 })),
  };
}

function breakdown(query: URLSearchParams) {
  const at = new Date(Date.now() - 60_000).toISOString();
  const sends = { count: 1_200, rate: 20, throttled: 6, share_429: 0.005, waited_seconds: 3 };
  const many = { sends: { ...sends, latency_p95_ms: 80 }, updates: null };
  const of = { bucket: "minute", tz: "UTC", allowed_rate: query.has("name") ? 30 : null };
  if (query.has("name")) return { ...of, items: [], series: [{ at, ...many }] };
  return { ...of, items: query.get("by") === "bot" ? [{ name: "1", ...many }] : [], series: [] };
}

function performance() {
  const series = Array.from({ length: 24 }, (_, hour) => ({
    at: new Date(Date.now() - (23 - hour) * 3_600_000).toISOString(),
    measured: true,
    request_rate: 4 + Math.sin(hour),
    error_rate: hour % 11 === 0 ? 0.01 : 0,
    latency_p50_ms: 4,
    latency_p95_ms: 11 + (hour % 5),
    latency_p99_ms: 22 + (hour % 9),
    send_rate: 90 + 40 * Math.sin(hour / 4),
    rate_429: hour % 7 === 0 ? 0.4 : 0,
    send_latency_p50_ms: 41,
    send_latency_p95_ms: 80 + (hour % 6),
    send_latency_p99_ms: 140,
    database_latency_p95_ms: 2.1,
    cache_latency_p95_ms: 0.4,
    queue_lag_seconds: 0.2,
  }));
  return { bucket: "hour", series };
}

const SYSTEM = {
  components: [
    { name: "database", status: "up", detail: "PostgreSQL 18", latency_ms: 0.6 },
    {
      name: "cache",
      status: "degraded",
      detail: "Valkey is down; limits are kept in memory",
      latency_ms: null,
    },
    { name: "telegram", status: "up", detail: "answers getMe", latency_ms: 41.2 },
  ],
  workers: [
    {
      id: "w1",
      host: "node-a",
      pid: 4_211,
      started_at: new Date(Date.now() - 7_200_000).toISOString(),
      last_seen: new Date().toISOString(),
      bots: 5,
      deliveries: 5,
      rss_bytes: 143_200_000,
    },
  ],
  queues: [
    { name: "bots", waiting: 0, running: 5, failed: 1, oldest_seconds: null },
    { name: "broadcasts", waiting: 0, running: 5, failed: 0, oldest_seconds: null },
    { name: "jobs", waiting: 2, running: 0, failed: 0, oldest_seconds: 3.2 },
  ],
  processes: [{ name: "worker-1", state: "running", pid: 4_211, uptime_seconds: 7_200 }],
};

const AUDIT = [
  ["broadcast.launch", "ad", "8"],
  ["bot.start", "bot", "5"],
  ["user.login", "user", "1"],
].map(([action, object_type, object_id], index) => ({
  id: 3 - index,
  at: new Date(Date.now() - 240_000 * (index + 1)).toISOString(),
  actor: "admin",
  ip: "127.0.0.1",
  action,
  object_type,
  object_id,
  details: {},
}));
