/** What the editor does to a text that it only opens: nothing. And counting, and pasting. */
import { EditorState, TextSelection } from "prosemirror-state";
import { describe, expect, test } from "vitest";
import { countText, parse } from "../markup";
import { parseHtml } from "../markup/html";
import { parseMarkdown } from "../markup/markdown";
import { countOf, MarkupError, textOf } from "../markup/runs";
import { writeHtml } from "../markup/write-html";
import { newLine, setLink, toggleBlock } from "./commands";
import { docOf, fits, htmlOf, signature } from "./document";
import { runsOfPasted } from "./paste";
import { schema } from "./schema";

const roundTrip = (html: string) => htmlOf(docOf(parseHtml(html).runs));

test.each([
  "plain",
  "<b>bold</b> and <i>italic <u>both</u></i>",
  "<b>two\nlines</b>\n\nand more\n",
  "\nbegins with a line's end",
  "<s>s</s><tg-spoiler>x <b>y</b></tg-spoiler>",
  "<code>a &lt; b &amp;&amp; c</code>",
  "<pre>one\n\ntwo</pre>",
  '<pre><code class="language-python">print(1)\n</code></pre>',
  "<blockquote>quoted\n<b>bold</b></blockquote>",
  "before\n<blockquote expandable>a\nb</blockquote>\nafter",
  "glued<blockquote>a</blockquote>glued<pre>x</pre>glued",
  "<blockquote>a</blockquote>\n<blockquote>b</blockquote>",
  "<blockquote>a</blockquote><blockquote>b</blockquote>",
  "<blockquote>a</blockquote>\n\n<pre>b</pre>\n\n\nc",
  "\n<pre>a</pre>\n",
  '<a href="https://shop.example/?a=1&amp;b=%22">Shop <b>now</b></a>',
  '<a href="tg://user?id=1">she</a>, <a>ads.example.com</a>',
  '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji> 👨‍👩‍👧',
  '<tg-time unix="1647531900" format="wDT">then</tg-time>',
  "Dear {first_name}, @{username} {other} \\{first_name}",
])("%s stays as it is", (html) => {
  expect(fits(parseHtml(html))).toBe(true);
  expect(roundTrip(html)).toBe(html);
});

test("other names of tags, and needless ones, become the shortest", () => {
  expect(roundTrip('<strong>a</strong><em>b</em><span class="tg-spoiler">c</span>')).toBe(
    "<b>a</b><i>b</i><tg-spoiler>c</tg-spoiler>",
  );
  expect(roundTrip("<b><b>a</b></b><b>b<code>c</code></b><u></u>&#33;")).toBe(
    "<b>ab</b><code>c</code>!",
  );
});

test.each(["<blockquote>a<pre>b</pre></blockquote>", "&#123;first_name}"])(
  "%s is left to its source",
  (html) => {
    expect(fits(parseHtml(html))).toBe(false);
  },
);

/** Random markup, as deep as Telegram's tags go: everything of it survives the editor. */
test("whatever Telegram takes comes out as the same message", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const pick = <T>(all: readonly T[]) => all[random(all.length)] as T;
  const words = ["a", "\n", "b c", "\n\n", "&lt;x&gt;", "{first_name}", "😀", " ", "&amp;lt;"];
  const tags = [
    ["<b>", "</b>"],
    ["<i>", "</i>"],
    ["<u>", "</u>"],
    ["<s>", "</s>"],
    ["<tg-spoiler>", "</tg-spoiler>"],
    ["<code>", "</code>"],
    ["<pre>", "</pre>"],
    ['<pre><code class="language-js">', "</code></pre>"],
    ["<blockquote>", "</blockquote>"],
    ["<blockquote expandable>", "</blockquote>"],
    ['<a href="https://a.example/{username}?x=1&amp;y">', "</a>"],
    ['<tg-emoji emoji-id="12">', "</tg-emoji>"],
    ['<tg-time unix="5" format="r">', "</tg-time>"],
  ] as const;
  const markup = (depth: number): string =>
    Array.from({ length: 1 + random(4) }, () => {
      if (depth === 0 || random(3) === 0) return pick(words);
      const [start, end] = pick(tags);
      return start + markup(depth - 1) + end;
    }).join("");
  let held = 0;
  for (let round = 0; round < 1000; round++) {
    const html = markup(3);
    const parsed = parseHtml(html);
    if (parsed.odd) continue;
    held++;
    const again = roundTrip(html);
    expect(signature(parseHtml(again).runs), html).toBe(signature(parsed.runs));
    expect(roundTrip(again), html).toBe(again);
    const written = writeHtml(parsed.runs);
    expect(signature(parseHtml(written).runs), html).toBe(signature(parsed.runs));
  }
  expect(held).toBeGreaterThan(600);
});

test.each([
  [
    "*bold* _it_ __under__ ~s~ ||x||",
    "<b>bold</b> <i>it</i> <u>under</u> <s>s</s> <tg-spoiler>x</tg-spoiler>",
  ],
  ["a\\.b {first_name} `c\\`d`", "a.b {first_name} <code>c`d</code>"],
  ["```js\nlet x\n```", '<pre><code class="language-js">let x\n</code></pre>'],
  [
    "[Shop](https://a.example/\\)) ![👍](tg://emoji?id=12)",
    '<a href="https://a.example/)">Shop</a> <tg-emoji emoji-id="12">👍</tg-emoji>',
  ],
  [">one\n>two\nrest", "<blockquote>one\ntwo</blockquote>\nrest"],
  ["**>one\n>two||", "<blockquote expandable>one\ntwo</blockquote>"],
  ["*a _b_ c*", "<b>a <i>b</i> c</b>"],
])("MarkdownV2 %s is converted", (markdown, html) => {
  expect(writeHtml(parseMarkdown(markdown).runs)).toBe(html);
});

test.each([
  [() => parseHtml("<b>open"), /Can't find end tag/],
  [() => parseHtml("<div>a</div>"), /Unsupported start tag "div"/],
  [() => parseHtml("<b>a</i>"), /Unmatched end tag/],
  [() => parseMarkdown("a.b"), /'\.' is reserved/],
  [() => parseMarkdown("*open"), /Can't find end of Bold/],
])("what Telegram refuses is an error %#", (read, words) => {
  expect(read).toThrow(words);
  expect(read).toThrow(MarkupError);
});

describe("the counter", () => {
  test.each([
    ["<b>Hello</b> &amp; bye", "HTML", 11],
    ["  a 😀 b \n", "HTML", 5],
    ["  <b> a</b>", "HTML", 2],
    ["*Hello*\\!", "MarkdownV2", 6],
    ["<b>", null, 3],
    ["{first_name}", "HTML", 64],
    ["@{username}", null, 33],
    ["<b>", "HTML", null],
  ] as const)("counts %j in %s as Telegram does", (text, mode, length) => {
    expect(countText(text, mode)).toBe(length);
  });
});

test("of what is pasted stays what Telegram knows", () => {
  const page = `<meta charset="utf-8"><h2>Title</h2><p style="color: red">One
    <span style="font-weight: 700">two</span><br>three<img src="x.png"></p><ul><li>first</li>
    <li><a href="https://a.example">second</a></li></ul><script>alert(1)</script>
    <pre>x
  y</pre>`;
  expect(htmlOf(docOf(runsOfPasted(page)))).toBe(
    '<b>Title</b>\nOne <b>two</b>\nthree\n• first\n• <a href="https://a.example">second</a>\n<pre>x\n  y</pre>',
  );
});

function edited(html: string, from: number, to: number) {
  const doc = docOf(parseHtml(html).runs);
  const selection = TextSelection.create(doc, from, to);
  return EditorState.create({ doc, selection });
}

test("a line becomes a quote, code, and a line again", () => {
  let state = edited("one\ntwo\nthree", 6, 6);
  const run = (command: ReturnType<typeof toggleBlock>) =>
    command(state, (transaction) => {
      state = state.apply(transaction);
    });
  run(toggleBlock(schema.nodes.quote, { expandable: true }));
  expect(htmlOf(state.doc)).toBe("one\n<blockquote expandable>two</blockquote>\nthree");
  run(toggleBlock(schema.nodes.quote, { expandable: true }));
  expect(htmlOf(state.doc)).toBe("one\ntwo\nthree");
  run(toggleBlock(schema.nodes.pre));
  expect(htmlOf(state.doc)).toBe("one\n<pre>two</pre>\nthree");
});

test("lines over several blocks become one quote", () => {
  let state = edited("a\nb<pre>c</pre>\nd\ne", 3, 9);
  toggleBlock(schema.nodes.quote)(state, (transaction) => {
    state = state.apply(transaction);
  });
  expect(htmlOf(state.doc)).toBe("a\n<blockquote>b\nc\nd</blockquote>\ne");
});

test("an empty line at the end of a quote leads out of it", () => {
  let state = edited("<blockquote>a</blockquote>", 2, 2);
  const enter = () =>
    newLine(state, (transaction) => {
      state = state.apply(transaction);
    });
  enter();
  expect(htmlOf(state.doc)).toBe("<blockquote>a\n</blockquote>");
  enter();
  state = state.apply(state.tr.insertText("b"));
  expect(htmlOf(state.doc)).toBe("<blockquote>a</blockquote>\nb");
});

test("a link is set on words, changed as a whole, and taken off", () => {
  let state = edited("see the shop now", 9, 13);
  const link = (href: string) =>
    setLink(href)(state, (transaction) => {
      state = state.apply(transaction);
    });
  link("https://a.example");
  expect(htmlOf(state.doc)).toBe('see the <a href="https://a.example">shop</a> now');
  state = state.apply(state.tr.setSelection(TextSelection.create(state.doc, 11)));
  link("https://b.example");
  expect(htmlOf(state.doc)).toBe('see the <a href="https://b.example">shop</a> now');
  link("");
  expect(htmlOf(state.doc)).toBe("see the shop now");
  expect(countOf(parse(htmlOf(state.doc), "HTML").runs)).toBe(
    textOf(parseHtml("see the shop now").runs).length,
  );
});
