import { t } from "@lingui/core/macro";
import { worded } from "@/api/worded";

/**
 * What went wrong with a call, as the API says it (RFC 9457) or as the network left it.
 *
 * Every failed call of the dashboard ends as one `Problem`; nothing else is thrown.
 */
export type FieldError = { field: string; message: string };

type Body = Partial<{
  title: string;
  detail: string;
  request_id: string;
  errors: FieldError[];
}>;

export class Problem extends Error {
  override readonly name = "Problem";

  /**
   * Field messages by dotted path, in the shape that a form wants. The same object each time: a form
   * that is given another one takes it for fresh errors, and would mark a field that was corrected.
   */
  readonly byField: Record<string, string>;

  constructor(
    /** HTTP status; 0 when no answer came at all. */
    readonly status: number,
    readonly title: string,
    detail: string,
    readonly requestId: string | null = null,
    readonly fields: FieldError[] = [],
    /** From `Retry-After`; null when the answer named no time. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail);
    this.byField = Object.fromEntries(fields.map((error) => [error.field, error.message]));
  }
}

/** What the words of HTTP mean to somebody who never read them. */
const HEADINGS: Record<number, string> = {
  401: t`Not signed in`,
  403: t`Not allowed`,
  404: t`Not found`,
  409: t`Not possible now`,
  422: t`Please correct this`,
  429: t`Too many requests`,
  502: t`Telegram refused, or is out of reach`,
  503: t`Not available right now`,
};

export function problemFrom(response: Response, body: unknown): Problem {
  const said = (typeof body === "object" && body !== null ? body : {}) as Body;
  const fields = (said.errors ?? []).map(({ field, message }) => ({
    field,
    message: worded(message),
  }));
  return new Problem(
    response.status,
    HEADINGS[response.status] ?? said.title ?? t`The platform answered ${response.status}`,
    detailOf(said, fields) ??
      t`It gave no reason. Try again; if it stays, look at the system page.`,
    said.request_id ?? response.headers.get("X-Request-ID"),
    fields,
    retryAfter(response.headers.get("Retry-After")),
  );
}

/** What the API says of a refusal as a whole; of wrong fields, what it says of each. */
function detailOf({ detail, errors = [] }: Body, fields: FieldError[]): string | undefined {
  if (errors.length === 0) return detail && worded(detail);
  const of = (some: FieldError[]) => some.map((one) => `${one.field}: ${one.message}`).join("; ");
  return detail?.replace(of(errors), () => of(fields));
}

/** `Retry-After` is either seconds or an HTTP date. */
function retryAfter(header: string | null): number | null {
  if (!header) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.round((at - Date.now()) / 1000));
}

export function unreachable(): Problem {
  return new Problem(0, t`No answer`, t`The platform cannot be reached. Check that it is running.`);
}

/** Anything that was thrown, as a `Problem` that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem(0, t`The dashboard failed`, detail);
}
