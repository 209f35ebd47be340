/** ProseMirror, set up for messages. */
import { baseKeymap, chainCommands, toggleMark } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { type Command, EditorState, Plugin } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import { FIELD } from "../markup/fields";
import { parseHtml } from "../markup/html";
import { newLine, toggleBlock, unwrap } from "./commands";
import { docOf } from "./document";
import { schema } from "./schema";

const { marks, nodes } = schema;

/** The keys of Telegram's own programs. */
export const KEYS = {
  b: "Mod-b",
  i: "Mod-i",
  u: "Mod-u",
  s: "Mod-Shift-x",
  spoiler: "Mod-Shift-p",
  code: "Mod-Shift-m",
  quote: "Mod-Shift-.",
  link: "Mod-k",
} as const;

export function stateOf(html: string, openLink: Command): EditorState {
  return EditorState.create({
    doc: docOf(parseHtml(html).runs),
    plugins: [
      keymap({
        [KEYS.b]: toggleMark(marks.b),
        [KEYS.i]: toggleMark(marks.i),
        [KEYS.u]: toggleMark(marks.u),
        [KEYS.s]: toggleMark(marks.s),
        [KEYS.spoiler]: toggleMark(marks.spoiler),
        [KEYS.code]: toggleMark(marks.code),
        [KEYS.quote]: toggleBlock(nodes.quote),
        "Mod-Shift->": toggleBlock(nodes.quote),
        [KEYS.link]: openLink,
        "Mod-z": undo,
        "Mod-y": redo,
        "Shift-Mod-z": redo,
        Enter: newLine,
        "Shift-Enter": newLine,
        Backspace: chainCommands(unwrap, baseKeymap.Backspace as Command),
      }),
      keymap(baseKeymap),
      history(),
      new Plugin({ props: { decorations: ({ doc }) => fieldsIn(doc) } }),
    ],
  });
}

/** Personal fields look like what they are, and stay plain text. */
function fieldsIn(doc: EditorState["doc"]): DecorationSet {
  const found: Decoration[] = [];
  doc.descendants((node, at) => {
    for (const { index, 0: field } of node.text?.matchAll(FIELD) ?? [])
      found.push(
        Decoration.inline(at + index, at + index + field.length, { class: "message-field" }),
      );
  });
  return DecorationSet.create(doc, found);
}
