/** A message's text to write as it will look. */
import "prosemirror-view/style/prosemirror.css";
import { t } from "@lingui/core/macro";
import { type KeyboardEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { inputClass } from "@/components/ui/field";
import { linkAt, setLink } from "./commands";
import { Toolbar } from "./toolbar";
import { useView } from "./use-view";

type Props = {
  label: string;
  /** Telegram's HTML that the editor can hold (`fits`). */
  html: string;
  onChange: (html: string) => void;
  disabled?: boolean | undefined;
};

export function RichText({ label, html, onChange, disabled = false }: Props) {
  const [asking, setAsking] = useState(false);
  const openLink = () => setAsking(true);
  const { setPlace, view, state } = useView({ label, html, onChange, disabled, openLink });
  const done = (href: string | null) => {
    if (view && href !== null) setLink(href)(view.state, view.dispatch);
    setAsking(false);
    view?.focus();
  };
  return (
    <>
      {view && state && !disabled && (
        <Toolbar view={view} state={state} onLink={() => setAsking(!asking)} />
      )}
      {state && asking && <LinkForm href={linkAt(state) ?? ""} onDone={done} />}
      <div ref={setPlace} className="message-editor" />
    </>
  );
}

type LinkProps = { href: string; onDone: (href: string | null) => void };

/** The address of a link; no form of its own, as it stands in one. */
function LinkForm({ href, onDone }: LinkProps) {
  const [value, setValue] = useState(href);
  const done = () => onDone(value.trim());
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") onDone(null);
    if (event.key !== "Enter") return;
    event.preventDefault();
    done();
  };
  return (
    <div className="flex flex-wrap gap-2 border-b border-line p-2">
      <input
        ref={(input) => input?.focus()}
        className={`${inputClass} h-9 min-w-40 flex-1`}
        type="text"
        inputMode="url"
        aria-label={t`Address of the link`}
        placeholder="https://…"
        value={value}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={keys}
      />
      <Button onClick={done}>{t`Set link`}</Button>
      {href && <Button onClick={() => onDone("")}>{t`Remove link`}</Button>}
    </div>
  );
}
