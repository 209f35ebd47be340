import type { ReactNode } from "react";
import { ErrorNote, Loading } from "./states";

/** What a query and an infinite query have in common. */
export type Query<T> = {
  data: T | undefined;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
};

type Props<T> = {
  query: Query<T>;
  /** As in "Loading bots…". */
  what: string;
  rows?: number;
  children: (data: T) => ReactNode;
};

/**
 * The three faces of a query. Data that is there stays on the page when a later reading fails,
 * with the error above it, so that nobody takes an old number for a fresh one.
 */
export function QueryView<T>({ query, what, rows, children }: Props<T>) {
  const retry = () => void query.refetch();
  if (query.data === undefined) {
    if (query.isError) return <ErrorNote error={query.error} onRetry={retry} />;
    return <Loading what={what} rows={rows} />;
  }
  return (
    <>
      {query.isError && (
        <div className="mb-4">
          <ErrorNote error={query.error} onRetry={retry} />
        </div>
      )}
      {children(query.data)}
    </>
  );
}
