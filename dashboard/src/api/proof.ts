/**
 * Asking again before what cannot be undone: the request waits, and goes out again as it was.
 *
 * What asks is set by the page (`askBy`); without one nobody can prove anything. Requests that are
 * refused at the same time wait for the same answer.
 */
const KIND = "urn:crier:problem:reauthentication-required";

type Ask = () => Promise<boolean>;

let ask: Ask | null = null;
let asking: Promise<boolean> | null = null;

/** Lets `how` ask from now on; it says whether the person has proven to be there. */
export function askBy(how: Ask): () => void {
  ask = how;
  return () => {
    if (ask === how) ask = null;
  };
}

/** True when the answer asked for a proof, and there is one now. */
export async function proven(response: Response): Promise<boolean> {
  if (response.status !== 403 || !ask || !(await wantsProof(response.clone()))) return false;
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

async function wantsProof(response: Response): Promise<boolean> {
  try {
    return (await response.json()).type === KIND;
  } catch {
    return false;
  }
}
