/** Telegram's HTML, read as the platform reads it (`domain/markup/html.py`). */
import { FIELD } from "./fields";
import { type MarkTag, MarkupError, type Parsed, RunWriter } from "./runs";

const TAGS: Record<string, MarkTag | "pre" | "quote"> = {
  a: "link",
  b: "b",
  strong: "b",
  i: "i",
  em: "i",
  s: "s",
  strike: "s",
  del: "s",
  u: "u",
  ins: "u",
  "tg-spoiler": "spoiler",
  span: "spoiler",
  "tg-emoji": "emoji",
  "tg-time": "time",
  pre: "pre",
  code: "code",
  blockquote: "quote",
};
const NAMED: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };
const ENTITY = /&(?:#x([0-9a-f]{0,8})|#([0-9]{0,8})|([a-z]{0,5}));?/iy;
const PLAIN = /[^&<]+/y;
const WORD = /[^ \t\r\n\0\v>]*/y;
const BLANKS = /[ \t\r\n\v]*/y;
const NAME = /[^ \t\r\n\0\v=>/"']*/y;
const TOKEN = /[A-Za-z0-9.-]*/y;

class Parser {
  private at = 0;
  private fields = 0;
  private readonly names: string[] = [];
  private readonly out = new RunWriter();
  private readonly text: string;

  constructor(private readonly source: string) {
    this.text = `${source}\0`;
  }

  parse(): Parsed {
    while (this.at < this.source.length) {
      const plain = this.take(PLAIN, this.source);
      if (plain) {
        this.fields += fieldsIn(plain);
        this.out.write(plain);
      } else if (this.char === "&") this.out.write(this.entity() || this.next());
      else if (this.text[this.at + 1] === "/") this.end();
      else this.start();
    }
    const open = this.names.at(-1);
    if (open) throw new MarkupError(`Can't find end tag corresponding to start tag "${open}"`);
    const { runs, odd } = this.out.parsed();
    // Braces that were written to be no field would become one in the editor.
    const fields = runs.reduce((sum, { text }) => sum + fieldsIn(text), 0);
    return { runs, odd: odd || fields !== this.fields };
  }

  private get char(): string {
    return this.text[this.at] ?? "\0";
  }

  private isQuote(): boolean {
    return this.char === '"' || this.char === "'";
  }

  private next(): string {
    return this.text[this.at++] ?? "";
  }

  private take(pattern: RegExp, text = this.text): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  /** The character that is written here as `&…;`; empty where there is none. */
  private entity(): string {
    ENTITY.lastIndex = this.at;
    const [whole = "", hex, decimal, name] = ENTITY.exec(this.text) ?? [];
    let char = "";
    if (name !== undefined) char = NAMED[name] ?? "";
    else {
      const code = hex === undefined ? Number(decimal || 0) : Number.parseInt(hex || "0", 16);
      const short = whole.replace(/;$/, "").length < 10;
      if (code > 0 && code < 0x10ffff && short) char = String.fromCodePoint(code);
    }
    if (char) this.at += whole.length;
    return char;
  }

  private start(): void {
    const begin = this.at++;
    const name = this.take(WORD).toLowerCase();
    if (this.char === "\0") throw wrong("Unclosed start tag", begin);
    const tag = TAGS[name];
    if (!tag) throw wrong(`Unsupported start tag "${name}"`, begin);
    const given = this.attributes(name, begin);
    if (name === "span" && given.get("class") !== "tg-spoiler")
      throw wrong('Tag "span" must have class "tg-spoiler"', begin);
    const open = this.out.open(tag, meaningOf(name, given));
    if (open.block?.tag === "quote") open.block.expandable = given.has("expandable");
    this.names.push(name);
  }

  private attributes(tag: string, begin: number): Map<string, string> {
    const given = new Map<string, string>();
    for (this.take(BLANKS); this.char !== ">"; this.take(BLANKS)) {
      const name = this.take(NAME);
      if (!name) throw wrong(`Empty attribute name in the tag "${tag}"`, begin);
      this.take(BLANKS);
      let value = "";
      if (this.char === "=") {
        this.at++;
        this.take(BLANKS);
        value = this.isQuote() ? this.quoted() : this.token();
      }
      if (this.char === "\0") throw wrong(`Unclosed start tag "${tag}"`, begin);
      given.set(name, value);
    }
    this.at++;
    return given;
  }

  private quoted(): string {
    const quote = this.next();
    let value = "";
    while (this.char !== quote && this.char !== "\0")
      value += (this.char === "&" && this.entity()) || this.next();
    if (this.char === quote) this.at++;
    return value;
  }

  private token(): string {
    const begin = this.at;
    const value = this.take(TOKEN);
    if (!/[ \t\r\n\0\v>]/.test(this.char)) throw wrong("Unexpected end of name token", begin);
    return value.toLowerCase();
  }

  private end(): void {
    const begin = this.at;
    const open = this.names.pop();
    if (!open) throw wrong("Unexpected end tag", begin);
    this.at += 2;
    const name = this.take(WORD).toLowerCase();
    this.take(BLANKS);
    if (this.char !== ">") throw wrong("Unclosed end tag", begin);
    if (name && name !== open)
      throw wrong(`Unmatched end tag, expected "</${open}>", found "</${name}>"`, begin);
    this.at++;
    this.out.close();
  }
}

function fieldsIn(text: string): number {
  return text.match(FIELD)?.length ?? 0;
}

function meaningOf(tag: string, given: Map<string, string>): string {
  if (tag === "a") return given.get("href") ?? "";
  if (tag === "tg-emoji") return given.get("emoji-id") ?? "";
  if (tag === "tg-time") return `${given.get("unix") ?? ""} ${given.get("format") ?? ""}`;
  const language = tag === "code" ? given.get("class") : undefined;
  return language?.startsWith("language-") ? language.slice(9) : "";
}

function wrong(what: string, at: number): MarkupError {
  return new MarkupError(`${what} at character ${at + 1}`);
}

/**
 * Takes the markup off.
 *
 * @throws MarkupError where Telegram would refuse it.
 */
export function parseHtml(text: string): Parsed {
  return new Parser(text).parse();
}
