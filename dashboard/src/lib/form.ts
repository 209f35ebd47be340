import { asProblem } from "@/api/problem";

/** A text field of a submitted form, trimmed; "" when it is not there. */
export function text(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === "string" ? value.trim() : "";
}

const NONE: Record<string, string> = {};

/** Server-side messages by field name, for a form's `errors`. */
export function fieldErrors(error: unknown): Record<string, string> {
  return error ? asProblem(error).byField : NONE;
}
