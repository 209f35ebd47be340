/** From the pieces of a message to the editor's document and back, and nothing is lost. */
import type { Node } from "prosemirror-model";
import { parseHtml } from "../markup/html";
import type { Block, Mark, MarkTag, Parsed, Run } from "../markup/runs";
import { writeHtml } from "../markup/write-html";
import { schema } from "./schema";

export function docOf(runs: Run[]): Node {
  const blocks: Node[] = [];
  let at = 0;
  let glued = false;
  while (at < runs.length) {
    const { block } = runs[at] as Run;
    const end = runs.findIndex((run, index) => index > at && run.block !== block);
    const part = runs.slice(at, end < 0 ? undefined : end);
    at += part.length;
    if (block) {
      blocks.push(nodeOf(part, block, glued));
      glued = true;
      continue;
    }
    const text = part.map((run) => run.text).join("");
    const last = at === runs.length;
    // The line's ends beside a block of its own are the ones between the blocks.
    const first = blocks.length > 0 && text.startsWith("\n") ? 1 : 0;
    const isLineEnd = first === 1 && text.length === 1 && !last;
    const cut = !last && !isLineEnd && text.length > first && text.endsWith("\n") ? 1 : 0;
    if (!isLineEnd) {
      const shown = cutRuns(part, first, text.length - cut);
      const isGlued = blocks.length > 0 && !first;
      if (shown.length > 0 || !isGlued) blocks.push(nodeOf(shown, null, isGlued));
    }
    glued = !isLineEnd && cut === 0;
  }
  return schema.node("doc", null, blocks.length > 0 ? blocks : [schema.node("paragraph")]);
}

function cutRuns(runs: Run[], begin: number, end: number): Run[] {
  let at = 0;
  return runs
    .map((run) => {
      const text = run.text.slice(Math.max(0, begin - at), Math.max(0, end - at));
      at += run.text.length;
      return { ...run, text };
    })
    .filter(({ text }) => text);
}

function nodeOf(runs: Run[], block: Block | null, glued: boolean): Node {
  const { tag, ...attrs } = block ?? { tag: "paragraph" };
  const texts = runs.map(({ text, marks }) => schema.text(text, marks.map(markOf)));
  return schema.node(tag, { ...attrs, glued }, texts);
}

function markOf({ tag, value }: Mark) {
  return schema.mark(tag, { value });
}

function runsOf(doc: Node): Run[] {
  const runs: Run[] = [];
  doc.forEach((node, _, index) => {
    if (index > 0 && !node.attrs.glued) runs.push({ text: "\n", marks: [], block: null });
    const block = blockOf(node);
    node.forEach(({ text = "", marks }) => {
      const all = marks.map(({ type, attrs }) => ({
        tag: type.name as MarkTag,
        value: (attrs.value as string | undefined) ?? "",
      }));
      runs.push({ text, marks: all, block });
    });
  });
  return runs;
}

function blockOf({ type, attrs }: Node): Block | null {
  if (type.name === "quote") return { tag: "quote", expandable: attrs.expandable };
  return type.name === "pre" ? { tag: "pre", language: attrs.language } : null;
}

export function htmlOf(doc: Node): string {
  return writeHtml(runsOf(doc));
}

/** Whether the editor holds all there is, so that the same message comes out again. */
export function fits({ runs, odd }: Parsed): boolean {
  return !odd && signature(parseHtml(htmlOf(docOf(runs))).runs) === signature(runs);
}

/** Each character with how it looks; a line's end looks the same in every style. */
export function signature(runs: Run[]): string {
  return JSON.stringify(
    runs.flatMap(({ text, marks, block }) =>
      [...text].map((char) => [
        char,
        char === "\n"
          ? ""
          : marks
              .map(({ tag, value }) => `${tag} ${tag === "code" ? "" : value}`)
              .sort()
              .join("|"),
        block && { ...block },
      ]),
    ),
  );
}
