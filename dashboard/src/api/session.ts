/**
 * Sends requests with the session's cookies, and renews the session once when it has run out.
 *
 * The tokens are httpOnly cookies that no script can read. Two readable cookies hold the CSRF
 * values: `crier_csrf` goes with everything that changes something, `crier_refresh_csrf` with the
 * renewal; where the platform is reached by https their names begin with `__Host-`, or below a path
 * of its host with `__Secure-`. A refresh token may be spent only once, and a second use revokes the whole family, so
 * renewals are serialised: in this tab by one shared promise, between tabs by a Web Lock, and who
 * gets the lock second sees that the cookie has changed and renews nothing.
 */
import { actingIn, ORGANISATION_HEADER } from "./acting";
import { at } from "./below";
import { unreachable } from "./problem";
import { proven } from "./proof";
import { signedInAgain } from "./sign-in-again";

const CSRF_HEADER = "X-CSRF-TOKEN";
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** Their 401 means "wrong password" or "this session is over", which a renewal cannot mend. */
const NEVER_RENEWED = [
  "/api/auth/login",
  "/api/auth/login/code",
  "/api/auth/login/openid",
  "/api/auth/login/openid/begin",
  "/api/auth/login/passkey",
  "/api/auth/login/passkey/options",
  "/api/auth/forgot-password",
  "/api/auth/reset-password",
  "/api/auth/mail/confirm",
  "/api/auth/register",
  "/api/auth/join",
  "/api/auth/refresh",
].map(at);

let renewal: Promise<boolean> | null = null;

function cookie(name: string): string | null {
  return named(`__Host-${name}`) ?? named(`__Secure-${name}`) ?? named(name);
}

function named(name: string): string | null {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}

/** Sends a request; where it needs a session or a proof first, once more after that. */
export async function sessionFetch(request: Request): Promise<Response> {
  const response = await signedIn(request.clone());
  return (await proven(response)) ? signedIn(request) : response;
}

async function signedIn(request: Request): Promise<Response> {
  const response = await renewing(request.clone());
  if (response.status !== 401 || NEVER_RENEWED.includes(new URL(request.url).pathname))
    return response;
  return (await signedInAgain()) ? renewing(request) : response;
}

/** The same, without asking anybody anything: the answer is as it comes. */
export async function renewing(request: Request): Promise<Response> {
  const before = cookie("crier_refresh_csrf");
  const response = await send(request.clone());
  const path = new URL(request.url).pathname;
  if (response.status !== 401 || NEVER_RENEWED.includes(path) || !before) return response;
  renewal ??= renew(before).finally(() => {
    renewal = null;
  });
  return (await renewal) ? send(request) : response;
}

async function send(request: Request): Promise<Response> {
  const csrf = cookie("crier_csrf");
  if (csrf && !SAFE.has(request.method)) request.headers.set(CSRF_HEADER, csrf);
  const acting = actingIn();
  if (acting !== null) request.headers.set(ORGANISATION_HEADER, String(acting));
  try {
    return await globalThis.fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
}

/** True when there is a fresh session to try again with. */
async function renew(before: string): Promise<boolean> {
  // Locks exist only where the page is secure (https, or loopback); elsewhere one tab is assumed.
  if (!navigator.locks) return renewUnlocked(before);
  return navigator.locks.request("crier-session", () => renewUnlocked(before));
}

async function renewUnlocked(before: string): Promise<boolean> {
  const now = cookie("crier_refresh_csrf");
  if (!now) return false;
  if (now !== before) return true;
  const url = new URL(at("/api/auth/refresh"), location.href);
  const request = new Request(url, { method: "POST", headers: { [CSRF_HEADER]: now } });
  try {
    return (await globalThis.fetch(request)).ok;
  } catch {
    throw unreachable();
  }
}
