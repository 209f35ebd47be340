/** Telegram's MarkdownV2, read as the platform reads it (`domain/markup/markdown.py`). */
import { FIELD } from "./fields";
import { MarkupError, type Parsed, RunWriter } from "./runs";

const RESERVED = new Set("_*[]()~`>#+-=|{}.!\n");
type Kind =
  | "Bold"
  | "Italic"
  | "Code"
  | "Pre"
  | "PreCode"
  | "TextUrl"
  | "Underline"
  | "Strikethrough"
  | "Spoiler"
  | "CustomEmoji"
  | "BlockQuote";
const SIMPLE: Record<string, Kind> = { "*": "Bold", "~": "Strikethrough", "[": "TextUrl" };
const ENDS: Record<Kind, string> = {
  Bold: "*",
  Italic: "_",
  Code: "`",
  Pre: "```",
  PreCode: "```",
  TextUrl: "]",
  Underline: "__",
  Strikethrough: "~",
  Spoiler: "||",
  CustomEmoji: "]",
  BlockQuote: "",
};
const TAGS = {
  Bold: "b",
  Italic: "i",
  Code: "code",
  Pre: "pre",
  PreCode: "pre",
  TextUrl: "link",
  Underline: "u",
  Strikethrough: "s",
  Spoiler: "spoiler",
  CustomEmoji: "emoji",
  BlockQuote: "quote",
} as const;
const LANGUAGE = /[^ \t\r\n\0\v`]*/y;
const LINE_END = /\r\n|\n\r|\r|\n/y;
const HERE = new RegExp(FIELD.source, "y");

class Parser {
  private at = 0;
  private inQuote = false;
  private mayQuote = true;
  private odd = false;
  private readonly open: { kind: Kind; at: number }[] = [];
  private readonly out = new RunWriter();
  private readonly text: string;

  constructor(private readonly source: string) {
    this.text = `${source}\0\0\0`;
  }

  parse(): Parsed {
    while (this.at < this.source.length) this.step();
    this.endOfText();
    const { runs, odd } = this.out.parsed();
    return { runs, odd: odd || this.odd };
  }

  private step(): void {
    const char = String.fromCodePoint(this.source.codePointAt(this.at) ?? 0);
    const field = this.match(HERE);
    const following = this.text[this.at + 1] ?? "\0";
    if (field) {
      this.write(field);
      this.at += field.length;
    } else if (char === "\\" && following > "\0" && following <= "~") {
      // An escaped brace is none that could begin a field.
      this.odd ||= /^\{(?:first_name|username)\\?\}/.test(this.text.slice(this.at + 1));
      this.write(following);
      this.at += 2;
    } else if (!this.isReserved(char)) {
      const before = this.mayQuote;
      this.write(char);
      this.mayQuote = char === "\r" ? before : false;
      this.at += char.length;
    } else if (this.ends()) this.end();
    else this.begin(char);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0] ?? "";
  }

  private write(text: string): void {
    this.out.write(text);
    if (text !== "\r") this.mayQuote = text === "\n";
  }

  private get innermost(): Kind | undefined {
    return this.open.at(-1)?.kind;
  }

  private isReserved(char: string): boolean {
    const inCode = ["Code", "Pre", "PreCode"].includes(this.innermost ?? "");
    return inCode ? char === "`" : RESERVED.has(char);
  }

  private ends(): boolean {
    const kind = this.innermost;
    if (!kind) return false;
    const following = this.text[this.at + 1];
    if (this.inQuote && this.text[this.at] === "\n" && following !== ">") return true;
    if (kind === "BlockQuote" || (kind === "Italic" && following === "_")) return false;
    return this.text.startsWith(ENDS[kind], this.at);
  }

  private begin(char: string): void {
    const start = this.at++;
    const following = this.text[this.at];
    if (char === "\n") this.write("\n");
    else if (char === ">" && this.mayQuote) {
      if (!this.inQuote) this.push("BlockQuote", start);
      this.inQuote = true;
    } else if (SIMPLE[char]) this.push(SIMPLE[char], start);
    else if (char === "_")
      this.push(this.double(following === "_") ? "Underline" : "Italic", start);
    else if (char === "|" && this.double(following === "|")) this.push("Spoiler", start);
    else if (char === "!" && this.double(following === "[")) this.push("CustomEmoji", start);
    else if (char === "`") this.code(start);
    else
      throw new MarkupError(
        `Character '${char}' is reserved and must be escaped with the preceding '\\'`,
      );
  }

  private double(found: boolean): boolean {
    this.at += Number(found);
    return found;
  }

  private push(kind: Kind, at: number, value = ""): void {
    this.open.push({ kind, at });
    const opened = this.out.open(TAGS[kind], value);
    if (opened.block?.tag === "pre") opened.block.language = value;
  }

  private code(start: number): void {
    if (!this.text.startsWith("``", this.at)) {
      this.push("Code", start);
      return;
    }
    this.at += 2;
    let language = this.match(LANGUAGE);
    const end = this.at + language.length;
    if (end >= this.source.length || this.text[end] === "`") language = "";
    this.at += language.length;
    this.at += this.match(LINE_END).length;
    this.push(language ? "PreCode" : "Pre", start, language);
  }

  private end(): void {
    let mark = this.pop();
    if (this.text[this.at] === "\n" && mark.kind !== "BlockQuote") mark = this.expandable(mark);
    if (mark.kind === "BlockQuote") {
      this.inQuote = false;
      this.write("\n");
      this.at += 1;
    } else if (mark.kind === "TextUrl" || mark.kind === "CustomEmoji") {
      this.at += 1;
      const address = this.text[this.at] === "(" ? this.address() : "";
      if (mark.kind === "TextUrl") mark.opened.mark.value = address;
      else Object.assign(mark.opened.mark, emojiOf(address));
    } else this.at += ENDS[mark.kind].length;
  }

  private pop() {
    const mark = this.open.pop();
    const opened = this.out.close();
    if (!mark || !opened) throw new Error("nothing is open");
    return { ...mark, opened };
  }

  /** At the end of a line: the quote that `||` just before makes expandable. */
  private expandable(mark: { kind: Kind; at: number }) {
    const atEnd = mark.at + 2 === this.at - Number(this.text[this.at - 1] === "\r");
    if (mark.kind !== "Spoiler" || !atEnd) throw noEnd(mark);
    const quote = this.pop();
    if (quote.kind !== "BlockQuote") throw noEnd(quote);
    if (quote.opened.block?.tag === "quote") quote.opened.block.expandable = true;
    return quote;
  }

  private address(): string {
    const start = ++this.at;
    let url = "";
    while (this.text[this.at] !== ")" && this.at < this.source.length) {
      const following = this.text[this.at + 1] ?? "\0";
      if (this.text[this.at] === "\\" && following > "\0" && following <= "~") this.at += 1;
      url += this.text[this.at++];
    }
    if (this.text[this.at] !== ")")
      throw new MarkupError(`Can't find end of a URL at character ${start + 1}`);
    this.at += 1;
    return url;
  }

  private endOfText(): void {
    const last = this.open.at(-1);
    if (this.inQuote && last) {
      const expandable = last.kind === "Spoiler" && last.at === this.source.length - 2;
      if (expandable) this.pop();
      if (this.innermost === "BlockQuote") {
        const { opened } = this.pop();
        if (opened.block?.tag === "quote") opened.block.expandable = expandable;
      }
    }
    const open = this.open.at(-1);
    if (open) throw noEnd(open);
  }
}

function emojiOf(address: string) {
  const [, host, query = ""] = /^tg:(?:\/\/)?(emoji|time)\/?\?([^#]*)/i.exec(address) ?? [];
  const given = new URLSearchParams(query);
  if (host?.toLowerCase() === "emoji") return { tag: "emoji", value: given.get("id") ?? "" };
  if (host?.toLowerCase() === "time")
    return { tag: "time", value: `${given.get("unix") ?? ""} ${given.get("format") ?? ""}` };
  throw new MarkupError("The entity must contain a tg://emoji or tg://time URL");
}

function noEnd({ kind, at }: { kind: Kind; at: number }): MarkupError {
  return new MarkupError(`Can't find end of ${kind} entity at character ${at + 1}`);
}

/**
 * Takes the markup off.
 *
 * @throws MarkupError where Telegram would refuse it.
 */
export function parseMarkdown(text: string): Parsed {
  return new Parser(text).parse();
}
