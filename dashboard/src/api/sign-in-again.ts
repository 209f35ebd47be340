/**
 * Signing in again in place: a request that comes too late for its session waits, and goes out again
 * as it was, so that nothing typed is lost.
 *
 * What asks is set by the page (`askToSignIn`); without one the request is refused. Requests that are
 * refused at the same time wait for the same answer.
 */
type Ask = () => Promise<boolean>;

let ask: Ask | null = null;
let asking: Promise<boolean> | null = null;

/** Lets `how` ask from now on; it says whether the same person is signed in again. */
export function askToSignIn(how: Ask): () => void {
  ask = how;
  return () => {
    if (ask === how) ask = null;
  };
}

/** True when the same person has signed in again. */
export async function signedInAgain(): Promise<boolean> {
  if (!ask) return false;
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}
