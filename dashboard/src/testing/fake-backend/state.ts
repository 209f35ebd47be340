/** The fake platform's tables. `demoState` is for looking at; tests fill `emptyState`. */
import type { Ad, Answer, Body, Bot, BotCommand, Chat, LogLine, Statistics } from "@/api/types";
import {
  type FakeExport,
  type FakeIdentity,
  type FakeInvitation,
  type FakeKey,
  type FakePasskey,
  type FakeSession,
  type FakeUser,
  makeAd,
  makeBot,
  makeSession,
  makeStatistics,
  makeUser,
} from "./makers.ts";

export type FakeMember = Answer<"/api/organisations/{organisation_id}/members">["items"][number];

type FakeTeam = Answer<"/api/organisations">["items"][number];
type FakeQuotas = Answer<"/api/organisations/{organisation_id}/quotas">;
export type QuotaKind = keyof FakeQuotas;

export type FakeState = {
  users: FakeUser[];
  /** Of the team in which somebody acts. */
  members: FakeMember[];
  teams: FakeTeam[];
  /** Of the organisation in which somebody acts. */
  quotas: FakeQuotas;
  invitations: FakeInvitation[];
  sessions: FakeSession[];
  keys: FakeKey[];
  signedIn: FakeUser | null;
  /** What the app of everybody shows; null where nobody has one. */
  code: string | null;
  passkeys: FakePasskey[];
  identities: FakeIdentity[];
  /** Name of the issuer of OpenID Connect; null where there is none. */
  issuer: string | null;
  /** Where everybody gets mail; null where none is set up, "" where none is named. */
  mail: string | null;
  /** The linked chat of everybody. */
  chat: string | null;
  notices: Record<string, string>;
  /** How often reports come by themselves, by ad. */
  reports: Record<number, Body<"/api/ads/{ad_id}/report/schedule", "put">>;
  /** Saved views of lists, as the API takes them. */
  views: { page: string; name: string; search: string }[];
  workspace: { platform_bot_id: number | null; separate_launcher: boolean };
  /** Whether passwords sign people in. */
  passwords: boolean;
  csrf: string | null;
  bots: Bot[];
  ads: Ad[];
  broadcasts: Statistics[];
  commands: Record<number, BotCommand[]>;
  chats: Chat[];
  logs: LogLine[];
  exports: FakeExport[];
  erasures: Answer<"/api/erasures">["items"];
  events: Answer<"/api/security/events">["items"];
  errors: Answer<"/api/system/errors">["items"];
  registration: "open" | "closed";
  /** Recipients that a broadcast settles for each reading of its statistics. */
  step: number;
};

export function emptyState(): FakeState {
  return {
    users: [],
    members: [],
    teams: [],
    quotas: {
      bots: { limit: null, used: 0 },
      subscribers: { limit: null, used: 0 },
      upload_bytes: { limit: null, used: 0 },
      ads_per_day: { limit: null, used: 0 },
      schedules: { limit: null, used: 0 },
    },
    invitations: [],
    sessions: [makeSession({ current: true }), makeSession({ user_agent: "Old phone" })],
    keys: [],
    signedIn: null,
    code: null,
    passkeys: [],
    identities: [],
    issuer: null,
    mail: null,
    chat: null,
    views: [],
    notices: {
      account: "none",
      broadcast_ended: "none",
      broadcast_stopped: "none",
      bot_error: "none",
      report: "none",
    },
    reports: {},
    workspace: { platform_bot_id: null, separate_launcher: false },
    passwords: true,
    csrf: null,
    bots: [],
    ads: [],
    broadcasts: [],
    commands: {},
    chats: [],
    logs: [],
    exports: [],
    erasures: [],
    events: [],
    errors: [],
    registration: "open",
    step: 50,
  };
}

export function demoState(): FakeState {
  const state = emptyState();
  state.users = [
    makeUser("admin", { password: "crier-demo-password" }),
    makeUser("operator", { username: "olga" }),
    makeUser("advertiser", { username: "adam" }),
    makeUser("viewer", { username: "vera", last_login_at: null }),
  ];
  state.bots = demoBots();
  state.ads = demoAds();
  state.chats = Array.from({ length: 24 }, (_, index) => demoChat(index));
  state.logs = demoLogs();
  state.step = 130;
  state.quotas.bots = { limit: 8, used: state.bots.length };
  state.quotas.upload_bytes = { limit: 500 * 2 ** 20, used: 431_000_000 };
  state.quotas.ads_per_day = { limit: 20, used: 20 };
  const ad = state.ads.find(({ status }) => status === "broadcasting");
  const running = state.bots.filter(({ status }) => status === "running");
  if (ad) state.broadcasts.push(makeStatistics(ad, running, 1));
  return state;
}

function demoBots(): Bot[] {
  const names = ["City News", "Weather Today", "Football Scores", "Daily Recipes", "Film Club"];
  const bots = names.map((bot_name, index) =>
    makeBot({
      bot_name,
      username: `${bot_name.toLowerCase().replace(" ", "_")}_bot`,
      status: "running",
      subscribers: 1400 - index * 210,
    }),
  );
  const revoked = {
    bot_name: "Job Board",
    username: "job_board_bot",
    status: "error",
    desired_status: "running",
    subscribers: 312,
    last_error: "Unauthorized: Telegram no longer accepts this bot's token.",
  } as const;
  const resting = { bot_name: "Night Owls", username: "night_owls_bot", subscribers: 96 };
  return [...bots, makeBot(revoked), makeBot(resting)];
}

function demoAds(): Ad[] {
  const message =
    "<b>Winter tyres, fitted while you wait</b>\n\nBook before <i>Friday</i> and the balancing is on us. Bring the code <code>CRIER10</code>.";
  const rows: Partial<Ad>[] = [
    {
      title: "Winter tyres",
      content: message,
      status: "broadcasting",
      price: "240.00",
      currency: "EUR",
      buttons: [[{ text: "Book a slot", url: "https://tyres.example/book" }]],
    },
    {
      title: "Language school",
      content: "New courses",
      status: "pending_review",
      price: "90.00",
      currency: "EUR",
    },
    {
      title: "Night market",
      content: "Every Saturday",
      status: "scheduled",
      scheduled_for: "2026-11-28T18:00:00Z",
    },
    { title: null, content: "Free coffee at the harbour this morning", status: "draft" },
    {
      title: "Concert",
      content: "Last tickets",
      status: "completed",
      price: "120.00",
      currency: "EUR",
    },
    {
      title: "Crypto miracle",
      content: "Get rich",
      status: "rejected",
      review_note: "Not with us.",
    },
  ];
  return rows.map((row) => makeAd(row));
}

function demoChat(index: number): Chat {
  const names = ["Anna Berg", "Ravi Kumar", "Chen Wei", "Maria Silva", "Omar Haddad", "Ida Lind"];
  const states: Chat["status"][] = [
    "active",
    "active",
    "active",
    "blocked",
    "active",
    "unsubscribed",
    "gone",
  ];
  return {
    chat_id: 500_100 + index * 37,
    type: "private",
    title: names[index % names.length] ?? null,
    username: index % 3 ? `person${index}` : null,
    language_code: ["en", "de", "pt-br"][index % 3] ?? null,
    status: states[index % states.length] ?? "active",
    joined_at: new Date(Date.now() - 86_400_000 * (index + 2)).toISOString(),
    last_seen_at: new Date(Date.now() - 3_600_000 * index).toISOString(),
  } as Chat;
}

function demoLogs(): LogLine[] {
  const lines = [
    ["info", "The session has started on worker-1."],
    ["warning", "Telegram asks to wait 3 s before the next message."],
    ["info", "214 updates were taken."],
    ["error", "Telegram answered 502; the poll is tried again in 2 s."],
    ["info", "The session goes on."],
  ] as const;
  return lines.map(([log_level, message], index) => ({
    id: lines.length - index,
    timestamp: new Date(Date.now() - 60_000 * index).toISOString(),
    log_level,
    message,
    context: {},
  })) as LogLine[];
}
