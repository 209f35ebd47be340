import { t } from "@lingui/core/macro";
import { useBlocker } from "@tanstack/react-router";
import { useRef } from "react";

type Place = { pathname: string; search: object };

/** The tab belongs to the place: the work is on one of them. */
function place({ pathname, search }: Place): string {
  return `${pathname} ${"tab" in search ? search.tab : ""}`;
}

const QUESTION = t`What you typed is not saved. Leave all the same?`;

/**
 * Asks before a page with unsaved work is left, within the dashboard and beyond it.
 *
 * Returns what lets it be left without a question: call it once the work is saved.
 */
export function useUnsaved(changed: boolean): () => void {
  const free = useRef(false);
  const holds = () => changed && !free.current;
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      holds() && place(current) !== place(next) && !window.confirm(QUESTION),
    enableBeforeUnload: holds,
  });
  return () => {
    free.current = true;
  };
}
