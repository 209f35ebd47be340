/** A message's text with its markup: written as it will look, or in its source. */
import { Field as Base } from "@base-ui/react/field";
import { t } from "@lingui/core/macro";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { areaClass, inputClass } from "@/components/ui/field";
import { read } from "../markup";
import type { ParseMode } from "../markup/fields";
import type { Parsed } from "../markup/runs";
import { writeHtml } from "../markup/write-html";
import { MarkupOptions } from "../markup-options";
import { Counter } from "./counter";
import { fits } from "./document";
import { RichText } from "./rich-text";

type Written = { text: string; parse_mode: ParseMode };

type Props = {
  /** The API's own dotted path, so that a 422 finds its field. */
  name: string;
  label: string;
  value: Written;
  onChange: (value: Written) => void;
  /** With a picture the text is its caption, which Telegram keeps shorter. */
  isCaption: boolean;
  disabled?: boolean;
};

export default function TextEditor(props: Props) {
  const { name, label, value, onChange, isCaption, disabled } = props;
  const [source, setSource] = useState(() => value.text !== "" && !held(value, "HTML"));
  const [own, setOwn] = useState<string | null>(null);
  // What the editor wrote it can show; what comes from elsewhere may be nothing for it.
  const parsed = own === value.text ? null : held(value);
  const isOwn = own === value.text || value.text === "";
  const can = isOwn || parsed !== null;
  const shown = source || !can || (value.parse_mode !== "HTML" && value.text !== "");
  const isForeign = shown && value.parse_mode !== "HTML";
  const write = (text: string) => {
    setOwn(text);
    onChange({ text, parse_mode: "HTML" });
  };
  const toggle = () => {
    setSource(!shown);
    if (shown && value.parse_mode !== "HTML") write(parsed ? writeHtml(parsed.runs) : "");
  };
  return (
    <Base.Root name={name} className="flex min-w-0 flex-col gap-1">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="text-sm font-medium" aria-hidden>
          {label}
        </span>
        {!disabled && (
          <Button
            look="quiet"
            aria-pressed={isForeign ? undefined : shown}
            disabled={shown && !can}
            onClick={toggle}
          >
            {isForeign ? t`Convert to formatted text` : t`Source`}
          </Button>
        )}
      </div>
      <div className="overflow-hidden rounded-lg border border-line bg-surface focus-within:border-accent">
        {shown ? (
          <Source {...props} />
        ) : (
          <RichText label={label} html={value.text} disabled={disabled} onChange={write} />
        )}
      </div>
      <Counter {...value} isCaption={isCaption} />
      {shown && !can && <Why value={value} />}
      <Base.Error className="text-sm text-failed" />
    </Base.Root>
  );
}

function Source({ label, value, onChange, disabled }: Props) {
  return (
    <div className="flex flex-col gap-2 p-2">
      <textarea
        aria-label={label}
        className={`${areaClass} font-mono`}
        rows={7}
        disabled={disabled}
        value={value.text}
        onChange={(event) => onChange({ ...value, text: event.target.value })}
      />
      <label className="flex items-center gap-2 text-sm">
        {t`Markup`}
        <select
          className={`${inputClass} w-auto min-w-0`}
          disabled={disabled}
          value={value.parse_mode ?? ""}
          onChange={(event) =>
            onChange({ ...value, parse_mode: (event.target.value || null) as ParseMode })
          }
        >
          <MarkupOptions />
        </select>
      </label>
    </div>
  );
}

/** Why the text stays in its source. */
function Why({ value }: { value: Written }) {
  const found = read(value.text, value.parse_mode);
  return (
    <p className="text-sm text-muted">
      {"problem" in found
        ? t`Telegram would refuse this markup: ${found.problem}.`
        : t`This text holds markup that only its source can show.`}
    </p>
  );
}

/** The text's pieces where the editor can hold them all, else null. */
function held({ text, parse_mode }: Written, only?: ParseMode): Parsed | null {
  if (only && parse_mode !== only) return null;
  const found = read(text, parse_mode);
  return "parsed" in found && fits(found.parsed) ? found.parsed : null;
}
