/** Rows of the fake backend, with plain defaults: a test names only what it is about. */
import type { Ad, Answer, Bot, Role, Statistics, User } from "@/api/types";
import { permissionsOf } from "./permissions.ts";

const CREATED = "2026-11-02T09:30:00Z";
let lastId = 0;
const nextId = () => ++lastId;

export type FakeUser = User & { password: string; is_active: boolean };

export function makeUser(role: Role, traits: Partial<FakeUser> = {}): FakeUser {
  const id = nextId();
  const own = { id, name: traits.username ?? role, is_team: false, role };
  return {
    id,
    public_id: `usr_${id}`,
    username: role,
    role,
    is_active: true,
    may_review: role === "operator",
    created_at: CREATED,
    last_login_at: new Date(Date.now() - 3_600_000 * id).toISOString(),
    must_add_factor: false,
    organisation: own,
    organisations: [own],
    permissions: permissionsOf(role),
    password: "correct horse battery",
    ...traits,
  };
}

export type FakeInvitation = Answer<"/api/users/invitations">["items"][number];

export function makeInvitation(role: Role): FakeInvitation {
  return {
    id: nextId(),
    role,
    may_review: role === "operator",
    created_by: 1,
    organisation_id: null,
    member_role: null,
    created_at: CREATED,
    expires_at: new Date(Date.now() + 604_800_000).toISOString(),
    used_at: null,
    used_by: null,
    revoked_at: null,
  };
}

export type FakeSession = Answer<"/api/auth/sessions">["items"][number];

export function makeSession(traits: Partial<FakeSession> = {}): FakeSession {
  return {
    id: `00000000-0000-4000-8000-${String(nextId()).padStart(12, "0")}`,
    created_at: CREATED,
    last_used_at: CREATED,
    authenticated_at: CREATED,
    expires_at: new Date(Date.now() + 604_800_000).toISOString(),
    ip: "192.0.2.7",
    user_agent: "Firefox",
    current: false,
    ...traits,
  };
}

export type FakeIdentity = Answer<"/api/auth/identities">["items"][number];

export function makeIdentity(traits: Partial<FakeIdentity> = {}): FakeIdentity {
  return {
    id: nextId(),
    issuer: "https://issuer.example",
    name: "nora@example.com",
    created_at: CREATED,
    last_used_at: null,
    ...traits,
  };
}

export type FakePasskey = Answer<"/api/auth/factors">["passkeys"][number];

export function makePasskey(traits: Partial<FakePasskey> = {}): FakePasskey {
  return {
    id: nextId(),
    name: "Laptop",
    host: globalThis.location?.hostname ?? "localhost",
    created_at: CREATED,
    last_used_at: null,
    ...traits,
  };
}

export type FakeKey = Answer<"/api/auth/keys">["items"][number];

export function makeKey(traits: Partial<FakeKey> = {}): FakeKey {
  return {
    id: nextId(),
    name: "nightly export",
    prefix: "0a1b2c3d",
    role: "operator",
    scopes: ["read"],
    created_at: CREATED,
    last_used_at: CREATED,
    last_used_ip: "192.0.2.9",
    expires_at: new Date(Date.now() + 604_800_000).toISOString(),
    replaced_by: null,
    organisation_id: null,
    revoked_at: null,
    ...traits,
  };
}

export function makeBot(traits: Partial<Bot> = {}): Bot {
  const id = nextId();
  const running = traits.status === "running";
  return {
    id,
    bot_name: `Bot ${id}`,
    username: `crier_${id}_bot`,
    telegram_id: 7_000_000_000 + id,
    status: "stopped",
    desired_status: running ? "running" : "stopped",
    instance_id: running ? `session-${id}` : null,
    receive_mode: "polling",
    created_at: CREATED,
    last_active: running ? new Date(Date.now() - 4_000).toISOString() : null,
    last_error: null,
    subscribers: 0,
    token_hint: `${7_000_000_000 + id}…x${id % 10}`,
    user_id: 1,
    welcome: null,
    settings: {},
    ...traits,
  } as Bot;
}

export function makeAd(traits: Partial<Ad> = {}): Ad {
  const id = nextId();
  return {
    id,
    user_id: 1,
    title: `Ad ${id}`,
    content: "Hello",
    parse_mode: "HTML",
    media_urls: [],
    buttons: [],
    price: null,
    currency: "EUR",
    status: "draft",
    targeting: {},
    created_at: CREATED,
    scheduled_for: null,
    completed_at: null,
    review_note: null,
    track_clicks: true,
    disable_notification: false,
    protect_content: false,
    disable_link_preview: false,
    links: [],
    ...traits,
  } as Ad;
}

/** A broadcast before its first message: everybody is pending. */
export function makeStatistics(ad: Ad, bots: Bot[], broadcastId: number): Statistics {
  const none = { sent: 0, blocked: 0, failed: 0, unknown: 0, skipped: 0, clicks: 0 };
  const per_bot = bots.map((bot) => ({
    bot_id: bot.id,
    audience: bot.subscribers,
    pending: bot.subscribers,
    ...none,
  }));
  const audience = per_bot.reduce((sum, row) => sum + row.audience, 0);
  return {
    ad_id: ad.id,
    broadcast_id: broadcastId,
    status: "broadcasting",
    audience,
    pending: audience,
    ...none,
    unique_clicks: 0,
    ctr: null,
    price: ad.price,
    cpm: null,
    rate_per_second: 0,
    estimated_seconds_left: null,
    started_at: new Date().toISOString(),
    completed_at: null,
    reason: null,
    machine_clicks: 0,
    paid: 0,
    currency: ad.currency,
    duration_seconds: null,
    attempts: [],
    waiting: [],
    per_bot,
    errors: [],
    timeline: [],
  } as unknown as Statistics;
}

export function makeErasure(): Answer<"/api/erasures/{erasure_id}"> {
  return {
    id: nextId(),
    kind: "person",
    bot_id: null,
    requested_at: new Date().toISOString(),
    requested_by: "olga",
    state: "done",
    step: null,
    rows: 21,
    done_at: new Date().toISOString(),
  };
}

export type FakeExport = Answer<"/api/analytics/exports">["items"][number];

/** An export that waits for a worker. */
export function makeExport(traits: Partial<FakeExport>): FakeExport {
  return {
    id: nextId(),
    dataset: "subscribers",
    format: "csv",
    from: null,
    to: null,
    bot_id: null,
    ad_id: null,
    broadcast_id: null,
    status: "waiting",
    reason: null,
    rows_written: 0,
    rows_total: null,
    percent: null,
    size: 0,
    created_at: new Date().toISOString(),
    started_at: null,
    finished_at: null,
    expires_at: null,
    download_url: null,
    download_expires_at: null,
    ...traits,
  };
}

/** What would go with an account or a team. */
export const deletion = {
  bots: 2,
  drafts: 1,
  ads: 4,
  goes: { chats: 30, messages: 70, clicks: 5, pending_recipients: 0, schedules: 0 },
  stays: { broadcasts: 3, sent: 900, clicks: 40 },
};
