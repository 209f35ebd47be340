/**
 * The organisation in which this page acts. It goes with each request, which is refused where the
 * session acts in another one by now: a second tab has switched, and nothing is to be made there.
 */
import type { User } from "./types";

export const ORGANISATION_HEADER = "X-Organisation";
let acting: number | null = null;

export function actingIn(): number | null {
  return acting;
}

/** Notes in which organisation a page acts that has just begun, or that somebody has signed in to. */
export function actAs(user: User | null): void {
  acting = user?.organisation.id ?? null;
}

/** The same for what was read again: where another tab has switched, the page begins anew. */
export function stillActAs(user: User | null): void {
  if (user && acting !== null && acting !== user.organisation.id) location.reload();
  else actAs(user);
}
