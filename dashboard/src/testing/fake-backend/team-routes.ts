/** A team, its members and the invitations into it. */
import { empty, json, list, type Routes } from "./http.ts";
import { deletion } from "./makers.ts";
import type { FakeMember, FakeState, QuotaKind } from "./state.ts";

const MADE = "2026-11-02T09:30:00Z";

export function teamRoutes(state: FakeState): Routes {
  return {
    "PUT /api/auth/organisation": () => empty(),
    "GET /api/organisations": () => list(state.teams),
    "POST /api/organisations": ({ body }) => {
      const team = { id: 90 + state.teams.length, name: String(body.name), created_at: MADE };
      state.teams.push(team);
      return json(team, 201);
    },
    "PATCH /api/organisations/#": ({ id, body }) => {
      const team = state.teams.find((one) => one.id === id);
      return json(Object.assign(team ?? {}, body));
    },
    "GET /api/organisations/#/deletion": () =>
      json({ ...deletion, members: 3, keys: 1, stays_with: null }),
    "DELETE /api/organisations/#": ({ id }) => {
      state.teams = state.teams.filter((one) => one.id !== id);
      return empty();
    },
    "GET /api/organisations/#/members": () => list(state.members),
    "PATCH /api/organisations/#/members/#": ({ id, body }) => {
      const change = body as Partial<FakeMember>;
      state.members = state.members.map((one) =>
        one.user_id === id ? { ...one, ...change } : one,
      );
      return empty();
    },
    "DELETE /api/organisations/#/members/#": ({ id }) => {
      state.members = state.members.filter((one) => one.user_id !== id);
      return empty();
    },
    "GET /api/organisations/#/quotas": () => json(state.quotas),
    "PATCH /api/organisations/#/quotas": ({ body }) => {
      for (const [kind, limit] of Object.entries(body))
        state.quotas[kind as QuotaKind].limit = limit as number | null;
      return json(state.quotas);
    },
    "GET /api/organisations/#/invitations": () => list([]),
    "POST /api/organisations/#/invitations": () =>
      json({ token: "join_team", url: "http://localhost/join#join_team" }, 201),
    "POST /api/organisations/join": () => json({ id: 90, name: "Acme" }),
  };
}
