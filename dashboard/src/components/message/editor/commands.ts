/** What the toolbar and the keys do beyond ProseMirror's own commands. */
import type { Fragment, Mark, MarkType, Node, NodeType } from "prosemirror-model";
import { type Command, type EditorState, Selection, TextSelection } from "prosemirror-state";
import { schema } from "./schema";

const { paragraph, pre } = schema.nodes;

export function isBlock(state: EditorState, type: NodeType, attrs: object = {}): boolean {
  const { parent } = state.selection.$from;
  return parent.hasMarkup(type, { ...parent.attrs, ...attrs });
}

/** Makes the selected lines a quote or code, or paragraphs again. */
export function toggleBlock(type: NodeType, attrs: object = {}): Command {
  return (state, dispatch) => {
    const { $from, $to } = state.selection;
    const { tr } = state;
    if ($from.parent.type === type && $from.sameParent($to)) {
      const is = isBlock(state, type, attrs);
      const { glued } = $from.parent.attrs;
      tr.setNodeMarkup($from.before(), is ? paragraph : type, is ? { glued } : { glued, ...attrs });
      dispatch?.(tr.scrollIntoView());
      return true;
    }
    if (dispatch) dispatch(takeLines(state, type, attrs).scrollIntoView());
    return true;
  };
}

/** Cuts the selected lines out of their blocks and puts them into one of the given type. */
function takeLines(state: EditorState, type: NodeType, attrs: object) {
  const { $from, $to } = state.selection;
  const start = $from.parent.textContent.lastIndexOf("\n", $from.parentOffset - 1) + 1;
  const lineEnd = $to.parent.textContent.indexOf("\n", $to.parentOffset);
  const end = lineEnd < 0 ? $to.parent.content.size : lineEnd;
  const above = $from.parentOffset === 0 ? 0 : start;
  const lines = linesOf(state.doc.slice($from.start() + above, $to.start() + end).content, type);
  const blocks: Node[] = [];
  if (above > 0) blocks.push($from.parent.cut(0, above - 1));
  const glued = above === 0 && $from.parent.attrs.glued;
  blocks.push(type.create({ ...attrs, glued }, lines));
  if (lineEnd >= 0) {
    const rest = $to.parent.cut(end + 1);
    blocks.push(rest.type.create({ ...rest.attrs, glued: false }, rest.content));
  }
  const tr = state.tr.replaceWith($from.before(), $to.after(), blocks);
  const before = above > 0 ? (blocks[0]?.nodeSize ?? 0) : 0;
  const inside = $from.before() + before + 1 + ($from.parentOffset - above);
  return tr.setSelection(Selection.near(tr.doc.resolve(inside)));
}

function linesOf(content: Fragment, type: NodeType): Node[] {
  const texts: Node[] = [];
  content.forEach((node, _, index) => {
    if (index > 0) texts.push(schema.text("\n"));
    if (node.isText) texts.push(node);
    else texts.push(...node.children);
  });
  if (type !== pre) return texts;
  const plain = texts.map(({ text }) => text).join("");
  return plain ? [schema.text(plain)] : [];
}

/** A new line; after an empty last line of a quote or of code it is one below it. */
export const newLine: Command = (state, dispatch) => {
  const { $from, empty } = state.selection;
  const { parent } = $from;
  const isAtEnd = empty && $from.parentOffset === parent.content.size;
  const isBlank = parent.content.size === 0 || parent.textContent.endsWith("\n");
  if (parent.type === paragraph || !isAtEnd || !isBlank) return lineEnd(state, dispatch);
  const { tr } = state;
  const end = $from.pos;
  if (parent.content.size === 0) tr.setNodeMarkup($from.before(), paragraph);
  else {
    tr.delete(end - 1, end).insert(end, paragraph.create());
    tr.setSelection(TextSelection.create(tr.doc, end + 1));
  }
  dispatch?.(tr.scrollIntoView());
  return true;
};

const lineEnd: Command = (state, dispatch) => {
  const marks = state.storedMarks ?? state.selection.$from.marks();
  const tr = state.tr.replaceSelectionWith(schema.text("\n", marks), false);
  dispatch?.(tr.setStoredMarks(marks).scrollIntoView());
  return true;
};

/** At the beginning of a quote or of code: it becomes plain lines. */
export const unwrap: Command = (state, dispatch) => {
  const { $from, empty } = state.selection;
  if (!empty || $from.parentOffset > 0 || $from.parent.type === paragraph) return false;
  const { glued } = $from.parent.attrs;
  dispatch?.(state.tr.setNodeMarkup($from.before(), paragraph, { glued }));
  return true;
};

export function hasMark({ doc, selection, storedMarks }: EditorState, type: MarkType): boolean {
  const { from, to, empty, $from } = selection;
  if (empty) return Boolean(type.isInSet(storedMarks ?? $from.marks()));
  return doc.rangeHasMark(from, to, type);
}

/** Where the link goes whose words the cursor or the selection touches; null without one. */
export function linkAt({ doc, selection }: EditorState): string | null {
  const { from, to, $from } = selection;
  const around = [...$from.marks(), ...($from.nodeAfter?.marks ?? [])];
  let found: Mark | undefined = around.find(({ type }) => type === schema.marks.link);
  doc.nodesBetween(from, to, ({ marks }) => {
    found ??= marks.find(({ type }) => type === schema.marks.link);
  });
  return found ? found.attrs.value : null;
}

/** Gives the selected words a link, or the words of the link here another; empty takes it off. */
export function setLink(href: string): Command {
  return (state, dispatch) => {
    const { link } = schema.marks;
    const { empty } = state.selection;
    const { from, to } = empty ? linkRange(state) : state.selection;
    const { tr } = state;
    if (from === to && href) {
      const marks = [...state.selection.$from.marks(), link.create({ value: href })];
      tr.insert(from, schema.text(href, marks));
    } else {
      tr.removeMark(from, to, link);
      if (href) tr.addMark(from, to, link.create({ value: href }));
    }
    dispatch?.(tr.scrollIntoView());
    return true;
  };
}

function linkRange(state: EditorState): { from: number; to: number } {
  const { $from, from } = state.selection;
  const href = linkAt(state);
  let [begin, end] = [from, from];
  if (href === null) return { from: begin, to: end };
  $from.parent.forEach((node, offset) => {
    const at = $from.start() + offset;
    const holds = node.marks.some(
      ({ type, attrs }) => type.name === "link" && attrs.value === href,
    );
    if (!holds || at > from + 1 || at + node.nodeSize < from) return;
    [begin, end] = [Math.min(begin, at), Math.max(end, at + node.nodeSize)];
  });
  return { from: begin, to: end };
}

export function insertText(text: string): Command {
  return (state, dispatch) => {
    dispatch?.(state.tr.insertText(text).scrollIntoView());
    return true;
  };
}
