/**
 * A message's text as Telegram shows it. It is built of known elements, never of markup, so that an
 * ad's text can do nothing in the dashboard.
 */
import type { ReactNode } from "react";
import type { Mark, MarkTag, Run } from "./markup/runs";

const CLASSES: Record<MarkTag, string> = {
  b: "font-bold",
  i: "italic",
  u: "underline",
  s: "line-through",
  spoiler: "message-spoiler",
  code: "font-mono text-[0.9em] text-(--chat-link)",
  link: "text-(--chat-link) underline",
  emoji: "",
  time: "text-(--chat-link) underline",
};

export function MessageText({ runs }: { runs: Run[] }) {
  const parts: ReactNode[] = [];
  for (let at = 0; at < runs.length; ) {
    const { block } = runs[at] as Run;
    const next = runs.findIndex((run, index) => index > at && run.block !== block);
    const part = runs.slice(at, next < 0 ? undefined : next);
    const isAfter = at > 0;
    at += part.length;
    const isBefore = at < runs.length;
    // A block stands on lines of its own: the line's ends beside it are not shown as empty lines.
    parts.push(block ? inBlock(part, at) : pieces(trimmed(part, isAfter, isBefore), at));
  }
  return parts;
}

function trimmed(runs: Run[], start: boolean, end: boolean): Run[] {
  return runs.map((run, index) => {
    let { text } = run;
    if (start && index === 0) text = text.replace(/^\n/, "");
    if (end && index === runs.length - 1) text = text.replace(/\n$/, "");
    return { ...run, text };
  });
}

function inBlock(runs: Run[], key: number): ReactNode {
  const block = runs[0]?.block;
  if (block?.tag === "pre")
    return (
      <pre key={key} className="message-pre">
        {block.language && <span className="message-pre-head">{block.language}</span>}
        <code>{runs.map(({ text }) => text)}</code>
      </pre>
    );
  const folded = block?.expandable ? "message-quote message-quote-folded" : "message-quote";
  return (
    <blockquote key={key} className={folded}>
      {pieces(runs, key)}
    </blockquote>
  );
}

function pieces(runs: Run[], key: number): ReactNode {
  return runs.map(({ text, marks }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place
    <span key={`${key} ${index}`} className={look(marks)}>
      {text}
    </span>
  ));
}

function look(marks: Mark[]): string | undefined {
  const names = marks.map(({ tag }) => CLASSES[tag]);
  const lines = ["underline", "line-through"].every((line) => names.includes(line));
  return [...names, ...(lines ? ["message-underline-through"] : [])].join(" ") || undefined;
}
