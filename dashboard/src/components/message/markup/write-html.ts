/** Telegram's HTML of a message, with as few tags as it needs. */
import { escapeHtml } from "./fields";
import { type Block, type Mark, type Run, sameMark } from "./runs";

const NAMES = { b: "b", i: "i", u: "u", s: "s", spoiler: "tg-spoiler", code: "code" } as const;

export function writeHtml(runs: Run[]): string {
  let html = "";
  for (let at = 0; at < runs.length; ) {
    const { block } = runs[at] as Run;
    const end = reach(runs, at, (run) => run.block === block);
    html += inBlock(block, nested(runs.slice(at, end), []));
    at = end;
  }
  return html;
}

function inBlock(block: Block | null, html: string): string {
  if (!block) return html;
  if (block.tag === "quote")
    return `<blockquote${block.expandable ? " expandable" : ""}>${html}</blockquote>`;
  const { language } = block;
  if (!language) return `<pre>${html}</pre>`;
  return `<pre><code class="language-${attribute(language)}">${html}</code></pre>`;
}

/** The mark that reaches furthest is the outer one. */
function nested(runs: Run[], open: Mark[]): string {
  let html = "";
  for (let at = 0; at < runs.length; ) {
    const run = runs[at] as Run;
    const begins = run.marks
      .filter((mark) => !has(open, mark))
      .map((mark) => ({ mark, end: reach(runs, at, ({ marks }) => has(marks, mark)) }));
    const first = begins.sort((one, other) => other.end - one.end)[0];
    html += first
      ? tagged(first.mark, nested(runs.slice(at, first.end), [...open, first.mark]))
      : escapeHtml(run.text);
    at = first?.end ?? at + 1;
  }
  return html;
}

function tagged({ tag, value }: Mark, html: string): string {
  if (tag === "link") return `<a${value && ` href="${attribute(value)}"`}>${html}</a>`;
  if (tag === "emoji") return `<tg-emoji emoji-id="${attribute(value)}">${html}</tg-emoji>`;
  if (tag === "time") {
    const [unix = "", format = ""] = value.split(" ");
    const shown = format && ` format="${attribute(format)}"`;
    return `<tg-time unix="${attribute(unix)}"${shown}>${html}</tg-time>`;
  }
  return `<${NAMES[tag]}>${html}</${NAMES[tag]}>`;
}

function attribute(value: string): string {
  return escapeHtml(value).replaceAll('"', "&quot;");
}

function has(marks: Mark[], mark: Mark): boolean {
  return marks.some((other) => sameMark(other, mark));
}

function reach(runs: Run[], at: number, holds: (run: Run) => boolean): number {
  const end = runs.findIndex((run, index) => index > at && !holds(run));
  return end < 0 ? runs.length : end;
}
