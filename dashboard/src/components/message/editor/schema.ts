/**
 * What a message of Telegram can hold, for ProseMirror.
 *
 * Lines of a block are parted by "\n" in its text, as in Telegram's own, so that marks reach over
 * them. Between two blocks stands a line's end, too, unless the second is `glued` to the first.
 */
import { type DOMOutputSpec, type MarkSpec, type NodeSpec, Schema } from "prosemirror-model";

const glued = { default: false };
const block = { group: "block", content: "text*", whitespace: "pre" } as const;

const nodes = {
  doc: { content: "block+" },
  paragraph: {
    ...block,
    attrs: { glued },
    parseDOM: [{ tag: "p" }, { tag: "div" }],
    toDOM: (): DOMOutputSpec => ["p", 0],
  },
  quote: {
    ...block,
    attrs: { glued, expandable: { default: false } },
    parseDOM: [
      { tag: "blockquote", getAttrs: (dom) => ({ expandable: "expandable" in dom.dataset }) },
    ],
    toDOM: ({ attrs }): DOMOutputSpec => [
      "blockquote",
      attrs.expandable ? { "data-expandable": "" } : {},
      0,
    ],
  },
  pre: {
    ...block,
    marks: "",
    attrs: { glued, language: { default: "" } },
    parseDOM: [{ tag: "pre", getAttrs: (dom) => ({ language: dom.dataset.language ?? "" }) }],
    toDOM: ({ attrs }): DOMOutputSpec => ["pre", { "data-language": attrs.language }, 0],
  },
  text: {},
} satisfies Record<string, NodeSpec>;

const style = (tag: string, ...also: string[]): MarkSpec => ({
  parseDOM: [tag, ...also].map((name) => ({ tag: name })),
  toDOM: () => [tag, 0],
});

/** A mark with a value, which what is typed at its end does not get. */
const valued = (tag: string, name: string): MarkSpec => ({
  attrs: { value: { default: "" } },
  inclusive: false,
  excludes: "link emoji time",
  parseDOM: [{ tag, getAttrs: (dom) => ({ value: dom.getAttribute(name) ?? "" }) }],
  toDOM: ({ attrs }) => [tag, { [name]: attrs.value }, 0],
});

const marks = {
  link: valued("a", "data-href"),
  b: style("b", "strong"),
  i: style("i", "em"),
  u: style("u", "ins"),
  s: style("s", "strike", "del"),
  spoiler: style("tg-spoiler"),
  code: { ...style("code"), excludes: "_" },
  emoji: valued("tg-emoji", "emoji-id"),
  time: valued("tg-time", "unix"),
} satisfies Record<string, MarkSpec>;

export const schema = new Schema({ nodes, marks });
