import { useSyncExternalStore } from "react";

type Theme = "light" | "dark";
const STORED = "crier-theme";
const changed = new EventTarget();

/** The colours in use. The first choice is made by public/theme.js before the first paint. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const root = document.documentElement;
  const theme = useSyncExternalStore(follow, () =>
    root.dataset.theme === "dark" ? "dark" : "light",
  );
  const choose = (chosen: Theme) => {
    root.dataset.theme = chosen;
    try {
      localStorage.setItem(STORED, chosen);
    } catch {
      // Storage is blocked: the choice holds until the page is left.
    }
    changed.dispatchEvent(new Event("change"));
  };
  return [theme, choose];
}

function follow(tell: () => void): () => void {
  changed.addEventListener("change", tell);
  return () => changed.removeEventListener("change", tell);
}
