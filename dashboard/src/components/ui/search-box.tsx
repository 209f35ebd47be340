import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { inputClass } from "./field";

const PAUSE_MS = 300;

/** A search that reports once the typing pauses, so that not every letter is a request. */
export function SearchBox(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const { label, value, onChange } = props;
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <label className="relative block w-full sm:w-64">
      <span className="sr-only">{label}</span>
      <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-muted" />
      <input
        type="search"
        placeholder={label}
        className={`${inputClass} h-9 pl-8 text-sm!`}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </label>
  );
}
