/** The title of the tab: what is wrong first, then the page. */
import { useEffect } from "react";

let trouble = "";
let page = "";

function write(): void {
  document.title = [trouble, page, "Crier"].filter(Boolean).join(" · ");
}

/** Puts what is wrong before the page's name; nothing is wrong where it is empty. */
export function sayTrouble(text: string): void {
  trouble = text;
  write();
}

/** Names the page that is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    page = title;
    write();
  }, [title]);
}
