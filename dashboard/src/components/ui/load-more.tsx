import { t } from "@lingui/core/macro";
import { useEffect, useRef } from "react";
import { Button } from "./button";

const NEAR = "400px";

export type Pages = {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
};

/** Reads the next page when it comes near, or is pressed. */
export function LoadMore({ query }: { query: Pages }) {
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (!end.current || !hasNextPage || isFetchingNextPage) return;
    const near = new IntersectionObserver(
      ([entry]) => entry?.isIntersecting && void fetchNextPage(),
      { rootMargin: NEAR },
    );
    near.observe(end.current);
    return () => near.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (!hasNextPage) return null;
  return (
    <div ref={end} className="border-t border-line p-3 text-center">
      <Button
        busy={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >{t`Show more`}</Button>
    </div>
  );
}
