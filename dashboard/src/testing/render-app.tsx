/** Starts the whole dashboard at an address, with the fake backend in the place of the network. */
import { createMemoryHistory } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { vi } from "vitest";
import type { Role } from "@/api/types";
import { App } from "@/app/app";
import { makeApp } from "@/app/router";
import { type FakeBackend, fakeBackend } from "./fake-backend";
import { makeUser } from "./fake-backend/makers";
import { emptyState, type FakeState } from "./fake-backend/state";
import { setCookie } from "./setup";

type Given = Partial<FakeState> & {
  /** Signed in as somebody of this role; nobody when left out. */
  as?: Role;
};

const CSRF = "csrf-of-the-session";

export function renderApp(path: string, { as, ...tables }: Given = {}) {
  const backend = fakeBackend({ ...emptyState(), ...tables });
  if (as) signIn(backend, as);
  vi.stubGlobal("fetch", async (request: Request) => {
    const answer = await backend.answer(request);
    for (const pair of answer.headers.get("X-Fake-Cookies")?.split(", ") ?? [])
      setCookie(...(pair.split("=") as [string, string]));
    return answer;
  });
  const history = createMemoryHistory({ initialEntries: [path] });
  const app = makeApp(history);
  render(<App {...app} />);
  return { backend, user: userEvent.setup(), router: app.router };
}

function signIn({ state }: FakeBackend, role: Role): void {
  const user = makeUser(role);
  state.users.push(user);
  state.signedIn = user;
  state.csrf = CSRF;
  setCookie("crier_csrf", CSRF);
  setCookie("crier_refresh_csrf", CSRF);
}
