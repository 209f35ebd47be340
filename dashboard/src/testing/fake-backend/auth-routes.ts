import type { Role } from "@/api/types";
import { type Asked, empty, json, list, problem, type Routes } from "./http.ts";
import {
  deletion,
  type FakeKey,
  makeIdentity,
  makeInvitation,
  makeKey,
  makePasskey,
  makeUser,
} from "./makers.ts";
import type { FakeState } from "./state.ts";

const CSRF = "csrf-of-the-session";
const NOW = "2026-01-01T00:00:00Z";

/** Signing in and out, and the users. */
export function authRoutes(state: FakeState): Routes {
  const shown = (user: FakeState["users"][number]) => ({ ...user, password: undefined });
  const byName = (name: unknown) => state.users.find(({ username }) => username === name);
  const signedIn = (user: FakeState["users"][number]) => {
    state.signedIn = user;
    state.csrf = CSRF;
    const tokens = { access_token: "a", refresh_token: "r", token_type: "Bearer" };
    const rest = { expires_in: 900, user: shown(user), public_url: null };
    return json({ ...tokens, ...rest }, 200, cookies(CSRF));
  };
  return {
    "POST /api/auth/login": ({ body }: Asked) => {
      const user = byName(body.username);
      if (!user || user.password !== body.password || !user.is_active)
        return problem(401, "The username or the password is wrong.");
      if (state.code)
        return json(
          { challenge: user.username, expires_in: 300, factors: ["app", "passkey"] },
          202,
        );
      return signedIn(user);
    },
    "POST /api/auth/login/code": ({ body }) => {
      const user = byName(body.challenge);
      if (!user || body.code !== state.code) return problem(401, "This code is wrong.");
      return signedIn(user);
    },
    "POST /api/auth/login/passkey/options": () => json({ options: {}, challenge: "c" }),
    "POST /api/auth/login/passkey": () => {
      const [user] = state.users;
      if (!user || !state.passkeys.length) return problem(401, "This passkey is not good here.");
      return signedIn(user);
    },
    ...factorRoutes(state),
    ...identityRoutes(state),
    ...mailRoutes(state),
    "POST /api/auth/login/openid": ({ body }) => {
      const [user] = state.users;
      if (!user || body.code !== CODE || body.challenge !== "c" || !state.identities.length)
        return problem(403, "No account is linked to this identity.");
      return signedIn(user);
    },
    "GET /api/auth/methods": () =>
      json({
        password: state.passwords,
        passkeys_at: globalThis.location?.origin ?? null,
        openid: state.issuer,
        issuers: issuers(state),
        mail: state.mail !== null,
        reset: state.mail !== null || state.workspace.platform_bot_id !== null,
      }),
    "POST /api/auth/register": ({ body }) => {
      if (state.registration === "closed")
        return problem(403, "Registration is closed. Ask an admin for an account.");
      if (byName(body.username)) return problem(409, "This username is taken.");
      if (String(body.password).length < 12)
        return problem(422, "The body does not fit.", {
          errors: [{ field: "password", message: "Use 12 characters or more." }],
        });
      const credentials = { username: String(body.username), password: String(body.password) };
      const user = makeUser("advertiser", credentials);
      state.users.push(user);
      return json(shown(user), 201);
    },
    "POST /api/auth/logout": () => {
      state.signedIn = null;
      return empty(cookies(""));
    },
    "POST /api/auth/change-password": ({ body }) =>
      body.current_password === state.signedIn?.password
        ? empty()
        : problem(422, "The body does not fit.", {
            errors: [{ field: "current_password", message: "This is not your password." }],
          }),
    "POST /api/auth/reauthenticate/passkey": () => json({ options: {}, challenge: "c" }),
    "POST /api/auth/reauthenticate": ({ body }) => {
      if (!body.passkey && body.password !== state.signedIn?.password)
        return problem(422, "The body does not fit.", {
          errors: [{ field: "password", message: "is wrong" }],
        });
      return json({ authenticated_at: NOW, fresh_until: NOW });
    },
    "GET /api/auth/fresh": () => json({ authenticated_at: NOW, fresh_until: NOW }),
    "GET /api/auth/me": () =>
      state.signedIn ? json(shown(state.signedIn)) : problem(401, "Sign in first."),
    "GET /api/auth/sessions": () => list(state.sessions),
    "DELETE /api/auth/sessions": () => {
      state.sessions = state.sessions.filter(({ current }) => current);
      return empty();
    },
    ...keyRoutes(state),
    "GET /api/users": () => list(state.users.map(shown)),
    "POST /api/users": ({ body }) => {
      if (byName(body.username)) return problem(409, "This username is taken.");
      const user = makeUser(body.role as Role, { username: String(body.username) });
      state.users.push(user);
      return json({ ...shown(user), password: "made-up-password" }, 201);
    },
    "GET /api/users/#/deletion": () => json(deletion),
    "DELETE /api/users/#": ({ id }) => {
      state.users = state.users.filter((one) => one.id !== id);
      return empty();
    },
    "POST /api/users/#/reset-password": () => json({ password: "another-password" }),
    ...invitationRoutes(state),
    "PATCH /api/users/#": ({ id, body }) => {
      const user = state.users.find((one) => one.id === id);
      if (!user) return problem(404, "There is no such user.");
      return json(shown(Object.assign(user, body)));
    },
  };
}

/** API keys, one's own and those of an account. */
function keyRoutes(state: FakeState): Routes {
  const revoke = ({ id }: Asked) => {
    state.keys = state.keys.filter((one) => one.id !== id);
    return empty();
  };
  return {
    "GET /api/auth/keys": () => list(state.keys),
    "POST /api/auth/keys": ({ body }) => {
      const made = makeKey({ name: String(body.name), scopes: body.scopes as FakeKey["scopes"] });
      state.keys.push(made);
      return json({ ...made, key: "crier_made" }, 201);
    },
    "POST /api/auth/keys/#/rotate": ({ id }) => {
      const old = state.keys.find((one) => one.id === id);
      const made = makeKey({ ...old, id: id + 1000 });
      if (old) old.replaced_by = made.id;
      state.keys.push(made);
      return json({ ...made, key: "crier_rotated" }, 201);
    },
    "DELETE /api/auth/keys/#": revoke,
    "GET /api/users/#/keys": () => list(state.keys),
    "DELETE /api/users/#/keys/#": revoke,
  };
}

/** An app that shows the code that confirmed it, for ever. */
function factorRoutes(state: FakeState): Routes {
  const codes = { recovery_codes: ["aaaa-bbbb", "cccc-dddd"] };
  return {
    "GET /api/auth/factors": () =>
      json({
        required: state.signedIn?.must_add_factor ?? false,
        app_added_at: state.code ? NOW : null,
        passkeys: state.passkeys,
        passkeys_at: globalThis.location?.origin ?? null,
        passkeys_fault: null,
        recovery_codes_left: state.code ? 10 : 0,
      }),
    "POST /api/auth/factors/app": () =>
      json({ secret: "JBSWY3DP", uri: "otpauth://totp/Crier:x", qr: ["101", "010", "101"] }, 201),
    "POST /api/auth/factors/app/confirm": ({ body }) => {
      state.code = String(body.code);
      if (state.signedIn) state.signedIn.must_add_factor = false;
      return json(codes);
    },
    "DELETE /api/auth/factors/app": () => {
      state.code = null;
      return empty();
    },
    "POST /api/auth/factors/recovery-codes": () => json(codes),
    "POST /api/auth/factors/passkeys/options": () => json({ options: {}, challenge: "c" }),
    "POST /api/auth/factors/passkeys": ({ body }) => {
      const passkey = makePasskey({ name: String(body.name) });
      state.passkeys.push(passkey);
      return json(
        { passkey, recovery_codes: state.passkeys.length > 1 ? [] : codes.recovery_codes },
        201,
      );
    },
    "PATCH /api/auth/factors/passkeys/#": ({ id, body }) => {
      const passkey = state.passkeys.find((one) => one.id === id);
      if (!passkey) return problem(404, "There is no such passkey.");
      return json(Object.assign(passkey, body));
    },
    "DELETE /api/auth/factors/passkeys/#": ({ id }) => {
      state.passkeys = state.passkeys.filter((one) => one.id !== id);
      return empty();
    },
    "DELETE /api/users/#/factors": () => empty(),
  };
}

/** Mail whose links all hold the same. */
function mailRoutes(state: FakeState): Routes {
  const shown = () =>
    json({ works: state.mail !== null, address: state.mail || null, verified_at: null });
  const byLink = ({ body }: Asked) =>
    body.token === LINK ? empty() : problem(403, "This link is not good.");
  return {
    "GET /api/auth/mail": shown,
    "PUT /api/auth/mail": ({ body }) => {
      state.mail = String(body.address);
      return shown();
    },
    "DELETE /api/auth/mail": () => {
      state.mail = "";
      return empty();
    },
    "POST /api/auth/mail/confirm": byLink,
    "POST /api/auth/forgot-password": () => json("", 202),
    "POST /api/auth/reset-password": byLink,
  };
}

const LINK = "v1.link";

/** What the issuer sends everybody back with. */
const CODE = "code";

const issuers = ({ issuer }: FakeState) =>
  issuer ? [{ id: "openid" as const, name: issuer }] : [];

/** Identities at an issuer that sends everybody back at once. */
function identityRoutes(state: FakeState): Routes {
  const asked = () => json({ url: "https://issuer.example/authorize", challenge: "c" });
  return {
    "POST /api/auth/login/openid/begin": asked,
    "GET /api/auth/identities": () =>
      json({ items: state.identities, issuer: state.issuer, issuers: issuers(state) }),
    "POST /api/auth/identities/begin": asked,
    "POST /api/auth/identities": () => {
      const made = makeIdentity();
      state.identities.push(made);
      return json(made, 201);
    },
    "DELETE /api/auth/identities/#": ({ id }) => {
      state.identities = state.identities.filter((one) => one.id !== id);
      return empty();
    },
    "DELETE /api/users/#/identities": () => empty(),
  };
}

const TOKEN = "join_fake";

/** Invitations, and the account that one makes. */
function invitationRoutes(state: FakeState): Routes {
  return {
    "GET /api/users/invitations": () => list(state.invitations),
    "POST /api/users/invitations": ({ body }) => {
      const made = makeInvitation(body.role as Role);
      state.invitations.push(made);
      return json({ ...made, token: TOKEN, url: `http://localhost/join#${TOKEN}` }, 201);
    },
    "DELETE /api/users/invitations/#": ({ id }) => {
      state.invitations = state.invitations.filter((one) => one.id !== id);
      return empty();
    },
    "POST /api/auth/join": ({ body }) => {
      const [invitation] = state.invitations;
      if (body.invitation !== TOKEN || !invitation)
        return problem(403, "This invitation is not good.");
      const credentials = { username: String(body.username), password: String(body.password) };
      const user = makeUser(invitation.role, credentials);
      state.users.push(user);
      return json({ ...user, password: undefined }, 201);
    },
  };
}

/** The readable cookies only: no script may see the others. */
function cookies(value: string): HeadersInit {
  return { "X-Fake-Cookies": `crier_csrf=${value}, crier_refresh_csrf=${value}` };
}
