/** What a part of a page shows when it has no data to show: loading, nothing there, an error. */
import { t } from "@lingui/core/macro";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { asProblem, type FieldError, type Problem } from "@/api/problem";
import { duration } from "@/lib/format";
import { words } from "@/lib/words";
import { Button } from "./button";

export function Loading({ what, rows = 4 }: { what: string; rows?: number }) {
  return (
    <div role="status" className="flex flex-col gap-3 p-4">
      <span className="sr-only">{t`Loading ${what}…`}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same
        <div key={row} aria-hidden className="h-5 animate-pulse rounded bg-raised" />
      ))}
    </div>
  );
}

export function Empty(props: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1 px-4 py-6 text-center">
      <p className="font-medium">{props.title}</p>
      {props.children && <p className="max-w-md text-sm text-muted">{props.children}</p>}
      {props.action && <div className="mt-4">{props.action}</div>}
    </div>
  );
}

type ErrorProps = {
  error: unknown;
  onRetry?: () => void;
  /** Fields that say their own error, below their control. */
  inForm?: readonly string[];
};

/** The API's own words, what to do, and for a fault of ours the request id that finds it in the logs. */
export function ErrorNote({ error, onRetry, inForm = [] }: ErrorProps) {
  const problem = asProblem(error);
  // What every field says below its control is not said once more.
  const told =
    problem.fields.length > 0 && problem.fields.every(({ field }) => inForm.includes(field));
  const loose = problem.fields.filter(
    ({ field, message }) => !inForm.includes(field) && !problem.message.includes(message),
  );
  return (
    <div
      role="alert"
      className="flex gap-3 rounded-lg border border-failed/40 bg-failed/8 p-3 text-sm"
    >
      <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-failed" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{problem.title}</p>
        {!told && <p className="break-words">{explain(problem)}</p>}
        {loose.length > 0 && <FieldList fields={loose} />}
        {problem.status >= 500 && problem.requestId && (
          <p className="mt-1 text-xs break-all text-muted">{t`Request ${problem.requestId}`}</p>
        )}
      </div>
      {onRetry && <Button className="self-center" onClick={onRetry}>{t`Try again`}</Button>}
    </div>
  );
}

function FieldList({ fields }: { fields: FieldError[] }) {
  return (
    <ul className="mt-1 list-disc pl-5">
      {fields.map(({ field, message }) => (
        <li key={`${field} ${message}`}>
          {label(field)}: {message}
        </li>
      ))}
    </ul>
  );
}

/** "targeting.active_within_days" as "Active within days", "items.0.reply.text" as "Text, number 1". */
function label(path: string): string {
  const parts = path.split(".");
  const name = words(parts.at(-1) ?? path);
  const at = parts.find((part) => /^\d+$/.test(part));
  const said = at === undefined ? name : t`${name}, number ${Number(at) + 1}`;
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/** One line: what is wrong and, where the answer named a time, when to try again. */
export function explain(problem: Problem): string {
  const wait = problem.retryAfterSeconds;
  if (wait == null) return problem.message;
  const said = problem.message.replace(/\.?$/, ".");
  return t`${said} Try again in ${duration(wait)}.`;
}
