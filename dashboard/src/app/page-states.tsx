import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { buttonClass } from "@/components/ui/button";
import { Empty, ErrorNote, Loading } from "@/components/ui/states";

type ErrorProps = { error: unknown; reset: () => void };

export function PageError({ error, reset }: ErrorProps) {
  return (
    <div className="mx-auto max-w-2xl p-4">
      <ErrorNote error={error} onRetry={reset} />
    </div>
  );
}

export function PagePending() {
  return <Loading what={t`page`} rows={6} />;
}

export function PageNotFound() {
  return (
    <Empty
      title={t`There is no such page`}
      action={<Link to="/" className={buttonClass("primary")}>{t`Go to the start`}</Link>}
    />
  );
}
