/**
 * Telegram's HTML as React elements: only the tags that Telegram knows, never as markup, so that an
 * ad's text can do nothing in the dashboard.
 */
import { createElement, type ReactNode } from "react";

const TAGS: Record<string, { tag: string; className?: string }> = {
  B: { tag: "b" },
  STRONG: { tag: "b" },
  I: { tag: "i" },
  EM: { tag: "i" },
  U: { tag: "u" },
  INS: { tag: "u" },
  S: { tag: "s" },
  STRIKE: { tag: "s" },
  DEL: { tag: "s" },
  CODE: { tag: "code", className: "rounded bg-raised px-1 text-[0.9em]" },
  PRE: { tag: "pre", className: "overflow-x-auto rounded bg-raised p-2 text-sm" },
  BLOCKQUOTE: { tag: "blockquote", className: "border-l-2 border-accent pl-2" },
  "TG-SPOILER": { tag: "span", className: "rounded bg-muted/40" },
  SPAN: { tag: "span", className: "rounded bg-muted/40" },
  A: { tag: "span", className: "text-accent underline" },
};

export function renderTelegramHtml(html: string): ReactNode {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return children(parsed.body);
}

function children(parent: Node): ReactNode[] {
  return Array.from(parent.childNodes, (node, index) => render(node, index));
}

function render(node: Node, key: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  const known = TAGS[node.nodeName];
  if (!known) return node.textContent;
  return createElement(known.tag, { key, className: known.className }, ...children(node));
}
