/**
 * Keyboard shortcuts: Ctrl-K or ⌘K anywhere; g and a letter, and ?, where nobody types.
 *
 * Letters are those of the keys, so that they are the same on a Russian keyboard. Single keys can be
 * switched off (WCAG 2.2, 2.1.4): who speaks to the computer would press them by chance.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";

const STORED = "crier-single-keys";
/** How long after g the letter counts. */
const SEQUENCE_MS = 1_500;
const changed = new EventTarget();
let off = read();

function read(): boolean {
  try {
    return localStorage.getItem(STORED) === "off";
  } catch {
    return false; // Storage is blocked.
  }
}

/** Whether single keys do something, and how to change that. */
export function useSingleKeys(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(
    (tell) => {
      changed.addEventListener("change", tell);
      return () => changed.removeEventListener("change", tell);
    },
    () => !off,
  );
  const choose = (wanted: boolean) => {
    off = !wanted;
    try {
      localStorage.setItem(STORED, wanted ? "on" : "off");
    } catch {
      // Storage is blocked: the choice holds until the page is left.
    }
    changed.dispatchEvent(new Event("change"));
  };
  return [on, choose];
}

type Actions = {
  palette: () => void;
  sheet: () => void;
  /** g and then this letter. */
  go: (letter: string) => void;
};

/** Does what is pressed, for as long as the page is there. */
export function useShortcuts(actions: Actions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let begun = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      const letter = /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        if (letter !== "k") return;
        event.preventDefault();
        latest.current.palette();
        return;
      }
      if (off || event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
      const follows = event.timeStamp - begun < SEQUENCE_MS;
      begun = letter === "g" && !follows ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (event.key === "?") latest.current.sheet();
      else if (follows && letter) latest.current.go(letter);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

/** Does what single letters stand for on a page, for as long as it is there. */
export function useLetters(actions: Record<string, () => void>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const letter = /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase() ?? "";
      if (off || event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
      latest.current[letter]?.();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

/** A dialog; a note that something was done is none, though it has the role of one. */
const OVER = "[role=dialog]:not([aria-modal=false])";

/** Somebody types, or something is open over the page. */
function isBusy({ target }: KeyboardEvent): boolean {
  const types = "input, textarea, select, [contenteditable], [role=menu], [role=dialog]";
  return (
    (target instanceof Element && target.closest(types) !== null) ||
    document.querySelector(OVER) !== null
  );
}
