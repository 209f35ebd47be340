/** An editor's view for as long as its place is on the page, and its state at every moment. */
import type { Command, EditorState } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { htmlOf } from "./document";
import { paste } from "./paste";
import { stateOf } from "./view";

type Given = {
  label: string;
  html: string;
  onChange: (html: string) => void;
  disabled: boolean;
  openLink: () => void;
};

export function useView({ label, html, onChange, disabled, openLink }: Given) {
  const [place, setPlace] = useState<HTMLDivElement | null>(null);
  const [view, setView] = useState<EditorView | null>(null);
  const [state, setState] = useState<EditorState | null>(null);
  const written = useRef(html);
  const change = useEffectEvent((doc: EditorState["doc"]) => {
    written.current = htmlOf(doc);
    onChange(written.current);
  });
  const askForLink = useEffectEvent(openLink);
  const fresh = useEffectEvent(() => {
    const open: Command = () => {
      askForLink();
      return true;
    };
    return stateOf(html, open);
  });
  useEffect(() => {
    if (!place) return;
    const made = viewAt(place, fresh(), (next, isChange) => {
      setState(next);
      if (isChange) change(next.doc);
    });
    setView(made);
    setState(made.state);
    return () => made.destroy();
  }, [place]);
  useEffect(() => {
    view?.setProps({
      editable: () => !disabled,
      attributes: { role: "textbox", "aria-multiline": "true", "aria-label": label },
    });
  }, [view, disabled, label]);
  useEffect(() => {
    if (!view || html === written.current) return;
    written.current = html;
    view.updateState(fresh());
    setState(view.state);
  }, [view, html]);
  return { setPlace, view, state };
}

type OnState = (state: EditorState, isChange: boolean) => void;

function viewAt(place: HTMLElement, state: EditorState, onState: OnState): EditorView {
  const view = new EditorView(place, {
    state,
    dispatchTransaction(transaction) {
      const next = view.state.apply(transaction);
      view.updateState(next);
      onState(next, transaction.docChanged);
    },
    handlePaste: paste,
    // Files are dropped on the media below, not into the text.
    handleDrop: (_, event) => Boolean(event.dataTransfer?.files.length),
    clipboardTextSerializer: ({ content }) => content.textBetween(0, content.size, "\n"),
  });
  return view;
}
