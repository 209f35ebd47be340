/**
 * A message without its markup: pieces of text that look alike, in order.
 *
 * Both parsers give it, the editor is filled from it, and the preview shows it.
 */

export type MarkTag = "b" | "i" | "u" | "s" | "spoiler" | "code" | "link" | "emoji" | "time";

/** `value` is a link's address, an emoji's id, or a date as `unix format`. */
export type Mark = { tag: MarkTag; value: string };
export type Block = { tag: "quote"; expandable: boolean } | { tag: "pre"; language: string };
export type Run = { text: string; marks: Mark[]; block: Block | null };

/** Telegram would refuse the text; the message says why, in Telegram's own words. */
export class MarkupError extends Error {}

export type Parsed = {
  runs: Run[];
  /** What the editor cannot hold, so that only the source can be edited. */
  odd: boolean;
};

type Tag = MarkTag | Block["tag"];
type Open = { tag: Tag; mark: Mark; block: Block | null; begin: number };

const STYLES: ReadonlySet<Tag> = new Set(["b", "i", "u", "s", "spoiler"]);

/** Takes pieces of text and the beginnings and ends of marks, as a parser meets them. */
export class RunWriter {
  runs: Run[] = [];
  length = 0;
  odd = false;
  private readonly stack: Open[] = [];
  private code: { begin: number; end: number; language: string } | null = null;

  open(tag: Tag, value = ""): Open {
    const opened = { tag, mark: { tag, value } as Mark, block: blockOf(tag), begin: this.length };
    this.stack.push(opened);
    return opened;
  }

  write(text: string): void {
    if (!text) return;
    this.length += text.length;
    const { marks, block } = this.current();
    const before = this.runs.at(-1);
    if (before && before.block === block && same(before.marks, marks)) before.text += text;
    else this.runs.push({ text, marks, block });
  }

  /** Ends the innermost piece; `code` with a language that fills a `pre` gives it that language. */
  close(): Open | undefined {
    const opened = this.stack.pop();
    const { code } = this;
    if (opened?.tag === "code" && opened.mark.value)
      this.code = { begin: opened.begin, end: this.length, language: opened.mark.value };
    if (opened?.block?.tag === "pre" && code?.begin === opened.begin && code.end === this.length)
      opened.block.language ||= code.language;
    return opened;
  }

  parsed(): Parsed {
    return { runs: this.runs, odd: this.odd };
  }

  /** What holds for the text that comes next. Of links, code and the like the outermost counts. */
  private current(): { marks: Mark[]; block: Block | null } {
    let marks: Mark[] = [];
    let block: Block | null = null;
    let other = false;
    for (const open of this.stack)
      if (STYLES.has(open.tag)) {
        if (!marks.some(({ tag }) => tag === open.tag)) marks.push(open.mark);
      } else if (open.block?.tag === "quote") block ??= open.block;
      else if (!other) {
        other = true;
        if (!open.block) marks.push(open.mark);
        else if (block) this.odd = true;
        else block = open.block;
      }
    const code = marks.find(({ tag }) => tag === "code");
    if (code) marks = [code];
    return { marks: block?.tag === "pre" ? [] : marks, block };
  }
}

function blockOf(tag: Tag): Block | null {
  if (tag === "quote") return { tag, expandable: false };
  return tag === "pre" ? { tag, language: "" } : null;
}

export function sameMark(one: Mark, other: Mark): boolean {
  return one.tag === other.tag && (one.tag === "code" || one.value === other.value);
}

function same(some: Mark[], others: Mark[]): boolean {
  return some.length === others.length && some.every((mark, at) => mark === others[at]);
}

export function textOf(runs: Run[]): string {
  return runs.map(({ text }) => text).join("");
}

const DROPPED = /\r|[\u2028-\u202e]|\u0333|\u033f|\u030a/g;

/** The characters that Telegram counts: code points, without blanks that it takes off the ends. */
export function countOf(runs: Run[]): number {
  const shown = runs.map((run) => ({ ...run, text: run.text.replace(DROPPED, "") }));
  const text = textOf(shown).replace(/\t/g, " ");
  const blanks = text.length - text.replace(/^[ \n]+/, "").length;
  let begin = 0;
  let marked = text.length;
  for (const { text: piece, marks, block } of shown) {
    if (piece && (marks.length > 0 || block)) marked = Math.min(marked, begin);
    begin += piece.length;
  }
  return [...text.slice(Math.min(blanks, marked)).replace(/[ \n]+$/, "")].length;
}
