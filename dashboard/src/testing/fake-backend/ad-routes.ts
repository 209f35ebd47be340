import type { Ad, AdRow, Button, Statistics } from "@/api/types";
import { advance, cancel } from "./broadcast.ts";
import { type Asked, empty, json, list, problem, type Routes } from "./http.ts";
import { makeAd, makeStatistics } from "./makers.ts";
import type { FakeState } from "./state.ts";

/** Ads and their broadcasts. */
export function adRoutes(state: FakeState): Routes {
  const one = (answer: (ad: Ad, asked: Asked) => Response) => (asked: Asked) => {
    const ad = state.ads.find(({ id }) => id === asked.id);
    return ad ? answer(ad, asked) : problem(404, "There is no such ad.");
  };
  const move = (status: Ad["status"]) =>
    one((ad, { body }) => json(Object.assign(ad, { status, review_note: body.note ?? null })));
  const control = (change: (statistics: Statistics) => void) =>
    one((ad) => {
      const statistics = latest(state, ad);
      if (!statistics) return problem(409, "This ad has no broadcast.");
      change(statistics);
      return json(Object.assign(ad, { status: statistics.status }), 202);
    });
  return {
    "GET /api/ads/list": ({ query }) => listAds(state, query),
    "GET /api/broadcasts": ({ query }) => list(broadcastRows(state, query)),
    "POST /api/ads/media": () => json({ url: "https://crier.example/media/1" }, 201),
    "POST /api/ads/create": ({ body }) => createAd(state, body),
    "GET /api/ads/reviews": () => {
      const waiting = state.ads.filter((ad) => ad.status === "pending_review");
      const handed = { submitted_at: "2026-11-20T10:00:00Z", submitted_by: "adam" };
      return list(waiting.map((ad) => ({ ...ad, ...handed })));
    },
    "GET /api/ads/#/reviews": one(() => list([])),
    "GET /api/ads/#": one((ad) => json({ ...ad, links: ad.buttons.flat().map(linkOf) })),
    "PATCH /api/ads/#": one((ad, { body }) => json(Object.assign(ad, body))),
    "DELETE /api/ads/#": one((ad) => {
      state.ads = state.ads.filter((other) => other !== ad);
      return empty();
    }),
    "POST /api/ads/#/submit": move("pending_review"),
    "POST /api/ads/#/approve": move("approved"),
    "POST /api/ads/#/reject": move("rejected"),
    "POST /api/ads/preview": ({ body }) =>
      json(preview(state, (body.targeting as { bot_ids?: number[] }).bot_ids)),
    "POST /api/ads/#/preview": one((_, { body }) => json(preview(state, body.bot_ids))),
    "POST /api/ads/#/test": one(() => json({ message_id: 1 })),
    "POST /api/ads/#/broadcast": one((ad) => launch(state, ad)),
    "POST /api/ads/#/pause": control((statistics) => {
      statistics.status = "paused";
    }),
    "POST /api/ads/#/resume": control((statistics) => {
      statistics.status = "broadcasting";
    }),
    "POST /api/ads/#/cancel": control(cancel),
    "POST /api/ads/#/report/share": one((ad) =>
      json({ path: `/api/ads/report?grant=${ad.id}`, expires_at: "2026-12-05T10:00:00Z" }, 201),
    ),
    "GET /api/ads/#/report/schedule": one((ad) => json(ordered(state, ad.id))),
    "PUT /api/ads/#/report/schedule": one((ad, { body }) => {
      state.reports[ad.id] = body as FakeState["reports"][number];
      return json(ordered(state, ad.id));
    }),
    "DELETE /api/ads/#/report/schedule": one((ad) => {
      delete state.reports[ad.id];
      return empty();
    }),
    "POST /api/ads/#/retry": one((ad, { body }) => retry(latest(state, ad), body)),
    "GET /api/ads/#/statistics": one((ad) => {
      const statistics = latest(state, ad);
      if (!statistics)
        return json({ ...makeStatistics(ad, [], 0), broadcast_id: null, status: ad.status });
      advance(statistics, state.step);
      ad.status = statistics.status;
      return json(statistics);
    }),
    "GET /api/ads/#/recipients": ({ query }) => list(recipients(state, query.get("status"))),
  };
}

function ordered({ reports, notices }: FakeState, adId: number) {
  const { every = null, tz = null } = reports[adId] ?? {};
  const next_at = every && every !== "end" ? "2026-12-07T09:00:00Z" : null;
  return { every, tz, next_at, channel: notices.report };
}

function linkOf({ text, url }: Button): Ad["links"][number] {
  const host = new URL(url).host;
  const warning = text === "bank.example" ? "its words read as bank.example" : null;
  return { text, url, host, host_unicode: null, warning };
}

function latest(state: FakeState, ad: Ad): Statistics | undefined {
  return state.broadcasts.findLast(({ ad_id }) => ad_id === ad.id);
}

function listAds(state: FakeState, query: URLSearchParams): Response {
  const status = query.get("status");
  const q = (query.get("q") ?? "").toLowerCase();
  const fits = state.ads.filter((ad) => !status || ad.status === status);
  const found = fits.filter((ad) => `${ad.title} ${ad.content}`.toLowerCase().includes(q));
  return list(found.map((ad) => ({ ...ad, last_broadcast: lastOf(latest(state, ad)) })));
}

function lastOf(statistics: Statistics | undefined): AdRow["last_broadcast"] {
  if (!statistics?.broadcast_id) return null;
  const { broadcast_id, audience, sent, ctr } = statistics;
  const status = statistics.status as NonNullable<AdRow["last_broadcast"]>["status"];
  const unique_clicks = statistics.unique_clicks ?? 0;
  return {
    broadcast_id,
    status,
    created_at: "2026-11-20T10:00:00Z",
    audience,
    sent,
    unique_clicks,
    ctr: ctr ?? null,
  };
}

function createAd(state: FakeState, body: Asked["body"]): Response {
  if (String(body.content).includes("<b>") && !String(body.content).includes("</b>"))
    return problem(422, "The body does not fit.", {
      errors: [{ field: "content", message: "The tag <b> is never closed." }],
    });
  const ad = makeAd({ user_id: state.signedIn?.id ?? 0, ...(body as Partial<Ad>) });
  state.ads.unshift(ad);
  return json(ad, 201);
}

function runningBots(state: FakeState) {
  return state.bots.filter(({ status }) => status === "running");
}

function preview(state: FakeState, ids?: unknown) {
  const named = state.bots.filter(({ id }) => !Array.isArray(ids) || ids.includes(id));
  const bots = runningBots(state).filter((bot) => named.includes(bot));
  const per_bot = bots.map(({ id, subscribers }) => ({ bot_id: id, audience: subscribers }));
  const audience = per_bot.reduce((sum, part) => sum + part.audience, 0);
  const excluded = named
    .filter((bot) => bot.status !== "running")
    .map((bot) => ({ bot_id: bot.id, reason: `${bot.bot_name} is ${bot.status}, not running` }));
  const estimated_seconds = audience / (30 * Math.max(1, bots.length));
  const refused = state.workspace.separate_launcher ? "an ad takes two people" : null;
  return { audience, per_bot, excluded, estimated_seconds, refused };
}

function launch(state: FakeState, ad: Ad): Response {
  const bots = runningBots(state);
  if (bots.length === 0) return problem(409, "No bot of yours is running. Start one first.");
  const statistics = makeStatistics(ad, bots, state.broadcasts.length + 1);
  state.broadcasts.push(statistics);
  ad.status = "broadcasting";
  const { broadcast_id, audience } = statistics;
  const answer = { broadcast_id, ad_id: ad.id, status: ad.status, audience, estimated_seconds: 40 };
  return json(answer, 202);
}

/** One of ten failed cannot be reached any more. */
function retry(statistics: Statistics | undefined, body: Asked["body"]): Response {
  if (!statistics) return problem(409, "This ad has no broadcast.");
  const [which] = body.states as ["failed" | "unknown"];
  const unreachable = Math.ceil(statistics[which] / 10);
  const retryable = statistics[which] - unreachable;
  const plan = { broadcast_id: statistics.broadcast_id, retryable, unreachable };
  if (body.dry_run) return json(plan);
  statistics.pending += retryable;
  statistics[which] = unreachable;
  statistics.status = "broadcasting";
  return json(plan, 202);
}

function recipients(state: FakeState, status: string | null) {
  const outcomes = ["sent", "sent", "sent", "blocked", "failed", "unknown"];
  const errors: Record<string, string> = {
    blocked: "Forbidden: bot was blocked by the user",
    failed: "Forbidden: user is deactivated",
    unknown: "No answer within 20 s",
  };
  const rows = state.chats.map(({ chat_id }, index) => {
    const outcome = outcomes[index % outcomes.length] ?? "sent";
    return {
      bot_id: state.bots[index % 5]?.id ?? 1,
      chat_id,
      status: outcome,
      sent_at: outcome === "sent" ? new Date().toISOString() : null,
      message_id: outcome === "sent" ? 100 + index : null,
      error_code: errors[outcome] ? 403 : null,
      error: errors[outcome] ?? null,
      clicked_at: null,
    };
  });
  return rows.filter((row) => !status || row.status === status);
}

/** As the list of broadcasts tells them, newest first. */
function broadcastRows(state: FakeState, query: URLSearchParams) {
  const rows = state.broadcasts.map((statistics) => ({
    ...statistics,
    ad_title: state.ads.find(({ id }) => id === statistics.ad_id)?.title ?? null,
    scheduled_for: statistics.status === "scheduled" ? "2026-11-28T18:00:00Z" : null,
    retries: 0,
  }));
  const [wanted, ad, from, to] = ["status", "ad_id", "out_from", "out_to"].map((name) =>
    query.get(name),
  );
  return rows
    .filter(({ status, ad_id, started_at, scheduled_for }) => {
      const at = Date.parse(started_at ?? scheduled_for ?? "");
      if (from && !(at >= Date.parse(from) && at < Date.parse(to ?? ""))) return false;
      return (!wanted || status === wanted) && (!ad || ad_id === Number(ad));
    })
    .reverse();
}
