import { useEffect, useState } from "react";

/**
 * State that outlives a reload of the page, for as long as the tab is open.
 *
 * `touched`: somebody changed it. `found`: it was there when the page was opened. `forget` begins anew.
 */
export function useDraft<T>(name: string, start: () => T) {
  const key = `crier-draft-${name}`;
  const [first] = useState(() => read<T>(key));
  const [draft, setDraft] = useState(() => first ?? start());
  const [touched, setTouched] = useState(first !== null);
  useEffect(() => {
    if (touched) write(key, draft);
  }, [key, draft, touched]);
  const set = (change: (old: T) => T) => {
    setTouched(true);
    setDraft(change);
  };
  const forget = () => {
    setTouched(false);
    setDraft(start());
    write(key, null);
  };
  return { draft, set, touched, found: first !== null && touched, forget };
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is blocked or full: the draft lives as long as the page.
  }
}
