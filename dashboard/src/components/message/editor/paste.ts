/** What is pasted: of foreign HTML stays what Telegram knows. */
import { Slice } from "prosemirror-model";
import type { EditorView } from "prosemirror-view";
import { type MarkTag, RunWriter } from "../markup/runs";
import { docOf } from "./document";

const TAGS: Record<string, MarkTag | "pre" | "quote"> = {
  B: "b",
  STRONG: "b",
  I: "i",
  EM: "i",
  U: "u",
  INS: "u",
  S: "s",
  STRIKE: "s",
  DEL: "s",
  CODE: "code",
  KBD: "code",
  SAMP: "code",
  PRE: "pre",
  BLOCKQUOTE: "quote",
  A: "link",
  "TG-SPOILER": "spoiler",
  "TG-EMOJI": "emoji",
  H1: "b",
  H2: "b",
  H3: "b",
  H4: "b",
};
const LINES =
  /^(P|DIV|LI|UL|OL|TR|TABLE|SECTION|ARTICLE|HEADER|FOOTER|H[1-6]|BLOCKQUOTE|PRE|DL|DT|DD)$/;
const UNSEEN = /^(SCRIPT|STYLE|TEMPLATE|HEAD|TITLE|META|LINK|NOSCRIPT|SVG)$/i;

class Reader {
  readonly out = new RunWriter();
  private ended = true;
  private pending = 0;

  read(node: Node, kept: boolean): void {
    if (node.nodeType === Node.TEXT_NODE) this.text(node.textContent ?? "", kept);
    else if (node.nodeName === "BR") this.line(1);
    else if (node instanceof HTMLElement && !UNSEEN.test(node.nodeName)) this.element(node, kept);
  }

  private element(node: HTMLElement, kept: boolean): void {
    const lines = LINES.test(node.nodeName);
    if (lines && !this.ended) this.line(1);
    const tags = tagsOf(node);
    const code = node.nodeName === "PRE";
    if (tags.length > 0) this.flush();
    for (const [tag, value] of tags) {
      const { block } = this.out.open(tag, value);
      if (block?.tag === "quote") block.expandable = "expandable" in node.dataset;
      if (block?.tag === "pre") block.language = node.dataset.language ?? "";
    }
    if (node.nodeName === "LI") this.text("• ", true);
    for (const child of node.childNodes) this.read(child, kept || code || isPre(node));
    for (const _ of tags) this.out.close();
    if (lines && !this.ended) this.line(1);
  }

  private text(text: string, kept: boolean): void {
    let shown = kept ? text : text.replace(/[ \t\r\n]+/g, " ");
    if (!kept && this.ended) shown = shown.replace(/^ /, "");
    if (!shown) return;
    this.flush();
    this.out.write(shown);
    this.ended = shown.endsWith("\n");
  }

  private line(count: number): void {
    this.pending += count;
    this.ended = true;
  }

  /** A line's end at the very end is none: it is written once something follows. */
  private flush(): void {
    if (this.out.length > 0) this.out.write("\n".repeat(this.pending));
    this.pending = 0;
  }
}

function isPre({ style }: HTMLElement): boolean {
  return style.whiteSpace.startsWith("pre");
}

function tagsOf(node: HTMLElement): [MarkTag | "pre" | "quote", string][] {
  const tag = TAGS[node.nodeName];
  const { fontWeight, fontStyle, textDecoration } = node.style;
  // Whole documents come in <b style="font-weight: normal">.
  if (tag === "b" && (fontWeight === "normal" || fontWeight === "400")) return [];
  if (tag) return [[tag, meaningOf(node)]];
  const tags: [MarkTag, string][] = [];
  if (fontWeight === "bold" || Number(fontWeight) >= 600) tags.push(["b", ""]);
  if (fontStyle === "italic") tags.push(["i", ""]);
  if (textDecoration.includes("underline")) tags.push(["u", ""]);
  if (textDecoration.includes("line-through")) tags.push(["s", ""]);
  return tags;
}

function meaningOf(node: HTMLElement): string {
  if (node.nodeName === "TG-EMOJI") return node.getAttribute("emoji-id") ?? "";
  return node.nodeName === "A" ? (node.dataset.href ?? node.getAttribute("href") ?? "") : "";
}

export function runsOfPasted(html: string) {
  const reader = new Reader();
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const own = body.querySelector("[data-pm-slice]") !== null;
  for (const child of body.childNodes) reader.read(child, own);
  return reader.out.runs;
}

export function paste(view: EditorView, event: ClipboardEvent): boolean {
  const html = event.clipboardData?.getData("text/html");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!html && !text) return false;
  const isCode = view.state.selection.$from.parent.type.name === "pre";
  if (isCode || !html) view.dispatch(view.state.tr.insertText(text.replace(/\r\n?/g, "\n")));
  else {
    const { content } = docOf(runsOfPasted(html));
    const open = content.childCount === 1 && content.firstChild?.type.name === "paragraph" ? 1 : 0;
    view.dispatch(view.state.tr.replaceSelection(new Slice(content, open, open)));
  }
  view.dispatch(view.state.tr.scrollIntoView());
  return true;
}
