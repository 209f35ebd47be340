import { useState } from "react";

type Theme = "light" | "dark";
const STORED = "crier-theme";

/** The colours in use. The first choice is made by public/theme.js before the first paint. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const root = document.documentElement;
  const [theme, setTheme] = useState<Theme>(root.dataset.theme === "dark" ? "dark" : "light");
  const choose = (chosen: Theme) => {
    root.dataset.theme = chosen;
    try {
      localStorage.setItem(STORED, chosen);
    } catch {
      // Storage is blocked: the choice holds until the page is left.
    }
    setTheme(chosen);
  };
  return [theme, choose];
}
