/**
 * Takes secrets out of what is reported, by the shapes that the platform takes them out by
 * (`src/crier/observability/redact.py`); tests hold both to `tests/support/secrets.json`.
 */
const SHAPES: [RegExp, string][] = [
  [/(?<![0-9])[0-9]+(?::|%(?:25)*3[aA]|\\+[uU]003[aA])[A-Za-z0-9_-]{24,}/g, "<token>"],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, "<token>"],
  [/\bcrier_[0-9a-f]{8}_[\w-]{20,}/g, "<key>"],
  [/\bjoin_[\w-]{20,}/g, "<invitation>"],
  [/\bv1\.[0-9a-f]{8}\.[\w=-]{20,}/g, "<sealed>"],
  [/(?<!\w)(\w+:\/\/[^\s:/@]*):[^\s@/]+@/g, "$1:<hidden>@"],
  [/(bearer\s+)[\w.~+/=-]{8,}/gi, "$1<token>"],
];
const LONGEST = 20_000;

function scrub(text: string): string {
  const head = text.slice(0, LONGEST);
  return SHAPES.reduce((left, [shape, instead]) => left.replace(shape, instead), head);
}

/** The same for every text of a value of JSON. */
export function scrubAll<T>(value: T): T {
  if (typeof value === "string") return scrub(value) as T;
  if (Array.isArray(value)) return value.map(scrubAll) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, scrubAll(item)]),
  ) as T;
}
