import createClient from "openapi-fetch";
import { BELOW } from "./below";
import { problemFrom } from "./problem";
import type { paths } from "./schema";
import { renewing, sessionFetch } from "./session";

export const api = createClient<paths>({ baseUrl: BELOW, fetch: sessionFetch });

/** Where a 401 is the answer that was asked for. */
export const apiAsIs = createClient<paths>({ baseUrl: BELOW, fetch: renewing });

/** The body of a good answer; throws a `Problem` for every other one. */
export async function unwrap<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemFrom(response, error);
  return data as T;
}

/** A key for `Idempotency-Key`: make one for each intention, and repeat it with each try. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
