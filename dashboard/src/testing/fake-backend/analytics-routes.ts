import { empty, json, list, problem, type Routes } from "./http.ts";
import { type FakeExport, makeExport } from "./makers.ts";
import type { FakeState } from "./state.ts";

/** Figures of bots and of ads, and exports. */
export function analyticsRoutes(state: FakeState): Routes {
  return {
    "GET /api/analytics/people": ({ query }) => json({ ...PEOPLE, bucket: query.get("bucket") }),
    "GET /api/analytics/ads": ({ query }) => {
      const asked = query.get("ad_id");
      const ads = state.ads.filter(({ id }) => asked === null || id === Number(asked));
      return list(ads.map((ad, index) => ({ ...ad, ...RESULTS, ad_id: ad.id, sent: 900 - index })));
    },
    "GET /api/analytics/ads/compare": ({ query }) =>
      json(comparison(Number(query.get("ad_id")), Number(query.get("other_id")))),
    "GET /api/analytics/ads/#": ({ id }) => json({ ad_id: id, ...AD_FIGURES }),
    "GET /api/analytics/exports": () => {
      for (const one of state.exports) goOn(one);
      return list(state.exports);
    },
    "POST /api/analytics/exports": ({ body }) => {
      if (body.from && body.to && String(body.from) > String(body.to))
        return problem(422, "The span ends before it begins.", {
          errors: [{ field: "from", message: "This is after the end." }],
        });
      const made = makeExport(body);
      state.exports.unshift(made);
      return json(made, 202);
    },
    "DELETE /api/analytics/exports/#": ({ id }) => {
      state.exports = state.exports.filter((one) => one.id !== id);
      return empty();
    },
    "GET /api/analytics/bots/#": ({ id, query }) => json(botFigures(id, query.get("compare"))),
    "GET /api/analytics/bots/#/origins": () => json(ORIGINS),
  };
}

const DAY_MS = 86_400_000;
const DAYS = 30;

function botFigures(id: number, compare: string | null) {
  const days = Array.from({ length: DAYS }, (_, day) => ({
    at: new Date(Date.now() - (DAYS - 1 - day) * DAY_MS).toISOString(),
    new_subscribers: 9 + (day % 7) * 2,
    lost_subscribers: 2 + (day % 3),
    messages_in: 210 + (day % 7) * 30,
    messages_out: 640,
    clicks: 40,
    errors: 1,
  }));
  let subscribers = 900;
  const growth = days.map(({ at, new_subscribers, lost_subscribers }) => {
    subscribers += new_subscribers - lost_subscribers;
    return { at, new_subscribers, lost_subscribers, subscribers };
  });
  return {
    id,
    people: { subscribers, blocked: 61, gone: 12, unsubscribed: 30 },
    growth,
    series: days,
    changes: CHANGES,
    retention: cohorts(),
    activity: weekHours((hour) => ({ messages_in: hour * 3, messages_out: hour, clicks: 0 })),
    delivery: DELIVERY,
    counted: { from: days[0]?.at, to: new Date().toISOString() },
    previous: compare === "previous" ? PREVIOUS : null,
  };
}

/** A row for each hour of the week; busier in the evening. */
function weekHours<Row>(of: (busy: number) => Row) {
  return Array.from({ length: 7 * 24 }, (_, index) => {
    const hour = index % 24;
    const busy = Math.max(0, Math.round(20 * Math.sin(((hour - 6) / 18) * Math.PI)));
    return { weekday: Math.floor(index / 24) + 1, hour, ...of(busy + (index === 115 ? 9 : 0)) };
  });
}

function cohorts() {
  return Array.from({ length: 8 }, (_, index) => ({
    week: new Date(Date.UTC(2026, 9, 5 + 7 * index)).toISOString().slice(0, 10),
    joined: 120 - index * 3,
    active: Array.from({ length: 8 - index }, (_, week) => 120 - index * 3 - week * 9),
    remaining: 70,
  }));
}

const CHANGES = {
  joined: 420,
  returned: 30,
  stopped: 31,
  blocked: 44,
  gone: 12,
  moved: 1,
  unsubscribed: 0,
  unrecorded: 0,
};

const DELIVERY = {
  broadcasts: 3,
  audience: 3_600,
  sent: 3_420,
  blocked: 120,
  failed: 40,
  unknown: 5,
  skipped: 15,
  clicks: 240,
  unique_clicks: 200,
  success_rate: 0.954,
  ctr: 0.0585,
  errors: 30,
  throttled: 7,
};

const PREVIOUS = {
  counted: { from: "2026-01-01T00:00:00Z", to: "2026-01-31T00:00:00Z" },
  messages_in: 4_500,
  messages_out: 18_000,
  new_subscribers: 300,
  lost_subscribers: 90,
  clicks: 1_000,
  errors: 3,
  throttled: 1,
  sent: 3_000,
  ctr: 0.05,
};

const FATES = { unsubscribed: 8, blocked: 14, gone: 2, clicked: 40 };

const ORIGINS = {
  sources: [
    { name: null, joined: 250, active: 226, ...FATES },
    { name: "autumn-flyer", joined: 130, active: 106, ...FATES },
    { name: "partner_42", joined: 40, active: 16, ...FATES },
  ],
  languages: [
    { name: "de", joined: 260, active: 236, ...FATES },
    { name: "pt-br", joined: 110, active: 86, ...FATES },
    { name: null, joined: 50, active: 26, ...FATES },
  ],
};

/** A worker's next step: each reading finds the file further on. */
function goOn(one: FakeExport): void {
  if (one.status === "running")
    Object.assign(one, {
      status: "finished",
      rows_written: 1_200,
      percent: 100,
      size: 3_400_000,
      expires_at: new Date(Date.now() + 7 * DAY_MS).toISOString(),
      download_url: `/api/analytics/exports/${one.id}/file?until=1&signature=s`,
      download_expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
  else if (one.status === "waiting")
    Object.assign(one, { status: "running", rows_written: 300, rows_total: 1_200, percent: 25 });
}

const RESULTS = {
  broadcasts: 1,
  broadcast_id: 1,
  audience: 1_000,
  blocked: 60,
  failed: 30,
  unknown: 4,
  skipped: 6,
  clicks: 70,
  unique_clicks: 54,
  machine_clicks: 3,
  ctr: 0.06,
  ctr_interval: { low: 0.046, high: 0.078 },
  price: "450.00",
  currency: "EUR",
  cpm: "500.00",
  cost_per_click: "6.43",
  previous: { ...FATES, audience: 0, sent: 600, failed: 0, unknown: 0, skipped: 0, clicks: 30 },
};

function comparison(ad_id: number, other_id: number) {
  const counted = { sent: 900, unique_clicks: 54, ctr: 0.06 };
  return {
    confidence: 0.95,
    ad: { ad_id, ...counted, ctr_interval: { low: 0.046, high: 0.078 } },
    other: { ad_id: other_id, ...counted, ctr: 0.02, ctr_interval: { low: 0.012, high: 0.031 } },
    difference: 0.04,
    difference_interval: { low: 0.022, high: 0.059 },
    differs: true,
  };
}

const AD_FIGURES = {
  tz: "UTC",
  bots: [],
  links: [{ url: "https://shop.example/autumn", clicks: 70, machine_clicks: 3 }],
  languages: [{ name: "de", sent: 500, clicks: 40, unique_clicks: 30, machine_clicks: 0 }],
  languages_pending: 0,
  losses: { stopped: 4, blocked: 9 },
  prices: [
    { currency: "EUR", amount: "450.00" },
    { currency: "USD", amount: "20.00" },
  ],
  hours: weekHours((busy) => ({ sent: busy * 9, failed: 0, clicks: busy })),
};

const PEOPLE = {
  tz: "UTC",
  counted_until: "2026-11-27T09:00:00Z",
  subscribed: { people: 4_321, at: "2026-11-27T09:00:00Z" },
  series: [
    { start: "2026-11-16", people: 2_100 },
    { start: "2026-11-23", people: 2_345 },
  ],
};
