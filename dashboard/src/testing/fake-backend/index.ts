/**
 * One fake of the HTTP API for every use: tests, development without a platform, pictures.
 *
 * It keeps its tables in memory, holds the session and CSRF rules of the real one, and answers a
 * path that it does not know with 404, as the real one does.
 */
import { adRoutes } from "./ad-routes.ts";
import { analyticsRoutes } from "./analytics-routes.ts";
import { authRoutes } from "./auth-routes.ts";
import { botRoutes } from "./bot-routes.ts";
import { find, type Handler, problem } from "./http.ts";
import { logRoutes } from "./log-routes.ts";
import { noticeRoutes } from "./notice-routes.ts";
import { platformRoutes } from "./platform-routes.ts";
import { emptyState, type FakeState } from "./state.ts";
import { teamRoutes } from "./team-routes.ts";

const OPEN = new Set([
  "POST /api/auth/login",
  "POST /api/auth/forgot-password",
  "POST /api/auth/reset-password",
  "POST /api/auth/mail/confirm",
  "POST /api/auth/register",
  "POST /api/auth/join",
  "POST /api/auth/login/code",
  "POST /api/auth/login/openid",
  "POST /api/auth/login/openid/begin",
  "POST /api/auth/login/passkey",
  "POST /api/auth/login/passkey/options",
  "GET /api/auth/methods",
]);

export type FakeBackend = {
  state: FakeState;
  /** What was asked, as "POST /api/bots/1/start". */
  asked: string[];
  /** The bodies of those requests; `{}` where there was none. */
  bodies: Record<string, unknown>[];
  /** What stood after the "?" of those requests. */
  queries: URLSearchParams[];
  /** Answers one route in another way, once or for ever. */
  override: (route: string, handler: Handler, times?: number) => void;
  answer: (request: Request) => Promise<Response>;
};

export function fakeBackend(state: FakeState = emptyState()): FakeBackend {
  const routes = {
    ...authRoutes(state),
    ...teamRoutes(state),
    ...botRoutes(state),
    ...adRoutes(state),
    ...analyticsRoutes(state),
    ...noticeRoutes(state),
    ...platformRoutes(state),
    ...logRoutes(state),
  };
  const overrides = new Map<string, { handler: Handler; left: number }>();
  const asked: string[] = [];
  const bodies: FakeBackend["bodies"] = [];
  const queries: FakeBackend["queries"] = [];

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const { method } = request;
    asked.push(`${method} ${pathname}`);
    queries.push(searchParams);
    const override = overrides.get(`${method} ${pathname}`);
    const replaced = override && override.left-- > 0;
    const refused = replaced ? null : guard(state, request, `${method} ${pathname}`);
    if (refused) return refused;
    const [handler, id] = find(routes, method, pathname) ?? [unknown, 0];
    const text = await request.text();
    const body = text.startsWith("{") ? JSON.parse(text) : {};
    bodies.push(body);
    const chosen = replaced ? override.handler : handler;
    return chosen({ method, path: pathname, query: searchParams, body, id });
  }

  const override: FakeBackend["override"] = (route, handler, times = Number.POSITIVE_INFINITY) =>
    void overrides.set(route, { handler, left: times });
  return { state, asked, bodies, queries, override, answer };
}

const unknown: Handler = ({ method, path }) =>
  problem(404, `The fake backend has no ${method} ${path}.`);

function guard(state: FakeState, request: Request, route: string): Response | null {
  if (OPEN.has(route)) return null;
  if (!state.signedIn) return problem(401, "Sign in first.");
  if (request.method === "GET" || request.headers.get("X-CSRF-TOKEN") === state.csrf) return null;
  return problem(401, "The CSRF header is missing.");
}
