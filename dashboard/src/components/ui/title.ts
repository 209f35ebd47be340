/** The title of the tab: what is wrong first, then the page. Its icon has a red dot meanwhile. */
import { useEffect } from "react";
import { at } from "@/api/below";

let trouble = "";
let page = "";

function write(): void {
  document.title = [trouble, page, "Crier"].filter(Boolean).join(" · ");
}

/** Puts what is wrong before the page's name; nothing is wrong where it is empty. */
export function sayTrouble(text: string): void {
  trouble = text;
  write();
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon) icon.href = at(text ? "/favicon-trouble.svg" : "/favicon.svg");
}

/** Names the page that is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    page = title;
    write();
  }, [title]);
}
