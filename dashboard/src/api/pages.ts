/** Lists that come in pages: how each of them is asked for, and its rows together. */
import { type InfiniteData, infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { unlessTold } from "./live";

type Page = { items: readonly unknown[]; next_cursor?: string | null };
type Row<P extends Page> = P["items"][number];

const PAGE_SIZE = 50;

type Options<P extends Page> = {
  size?: number;
  /** Milliseconds until a list of one page is read again; a longer list is read less often, so that
   * it costs as many requests. Without it, it is read once. */
  every?: number | ((rows: Row<P>[]) => number | false);
  /** Shows the rows of the old filter until those of the new one are there. */
  keep?: boolean;
};

/** A query of a list by `ask`, which gets what every list takes. */
export function pagedOptions<P extends Page>(
  queryKey: readonly unknown[],
  ask: (page: { limit: number; cursor: string | undefined }, signal: AbortSignal) => Promise<P>,
  { size = PAGE_SIZE, every, keep }: Options<P> = {},
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => ask({ limit: size, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keep ? keepPreviousData : undefined,
    refetchInterval: ({ state }) => {
      const often = typeof every === "function" ? every(rowsOf(state.data) ?? []) : every;
      if (!often) return false;
      const pages = state.data?.pages.length ?? 1;
      return pages > 1 ? often * pages : unlessTold(often);
    },
  });
}

/** The rows of all pages that were read. */
export function rowsOf<P extends Page>(data: InfiniteData<P, unknown>): Row<P>[];
export function rowsOf<P extends Page>(data?: InfiniteData<P, unknown>): Row<P>[] | undefined;
export function rowsOf<P extends Page>(data?: InfiniteData<P, unknown>): Row<P>[] | undefined {
  return data?.pages.flatMap((page) => page.items);
}
