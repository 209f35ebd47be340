/** A team, its members and the invitations into it. */
import { empty, json, list, type Routes } from "./http.ts";
import type { FakeMember, FakeState, QuotaKind } from "./state.ts";

export function teamRoutes(state: FakeState): Routes {
  return {
    "PUT /api/auth/organisation": () => empty(),
    "PATCH /api/organisations/#": () => json({}),
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
