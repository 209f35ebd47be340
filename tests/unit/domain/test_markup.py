"""Markup is judged by Telegram's own errors. Random texts are compared with TDLib itself in
`integration/telegram/test_markup_as_tdlib.py`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.domain import markup
from crier.domain.markup import MarkupError, check, escape, render

CUSTOM = "tg://emoji?id=5368324170671202286"

HTML_ERRORS = [
    ("a < b", 'Unsupported start tag "" at byte offset 2'),
    ("a <x>", 'Unsupported start tag "x" at byte offset 2'),
    ("ы<br>", 'Unsupported start tag "br" at byte offset 2'),
    ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("<b", "Unclosed start tag at byte offset 0"),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("<tg-emoji emoji-id='x'>!</tg-emoji>", "Invalid custom emoji identifier specified"),
    ("&#xd800;", "Text contains invalid Unicode characters"),
    ("<a =1>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<a href=x:>x</a>", "Unexpected end of name token at byte offset 8"),
]
HTML_TEXTS = [
    ("<b>bold</b> &lt;&amp;&quot&gt; > & &nbsp; &#65;&#x42;", 'bold <&"> > & &nbsp; AB'),
    ("<B>x</b><I>y</>", "xy"),
    ('<a href="https://e.x/?a=1&amp;b=2">here</a>', "here"),
    ("<a href='not a link'>here</a>", "here"),
    ('<pre><code class="language-python">x</code></pre>', "x"),
    ("<blockquote expandable>x</blockquote>", "x"),
    ('<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>', "xy"),
]
MARKDOWN_ERRORS = [
    ("a.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
    ("a!", "Character '!' is reserved"),
    ("x>y", "Character '>' is reserved"),
    ("`x\n`>y", "Character '>' is reserved"),
    ("a | b", "Character '|' is reserved"),
    ("*x", "Can't find end of Bold entity at byte offset 0"),
    ("ы _x", "Can't find end of Italic entity at byte offset 3"),
    ("__x", "Can't find end of Underline entity at byte offset 0"),
    ("`x", "Can't find end of Code entity at byte offset 0"),
    ("```x", "Can't find end of Pre entity at byte offset 0"),
    ("[x](https://e.x", "Can't find end of a URL at byte offset 4"),
    ("![x](https://e.x)", "Invalid tg://emoji or tg://time URL specified"),
    ("![x]", "The entity must contain a tg://emoji or tg://time URL"),
    (">*x\ny*", "Can't find end of Bold entity at byte offset 1"),
]
MARKDOWN_TEXTS = [
    ("*b* _i_ __u__ ~s~ ||p|| `c`", "b i u s p c"),
    ("\\*b\\* 1\\.5\\!", "*b* 1.5!"),
    ("[x\\.](https://e.x/\\)a)", "x."),
    ("```python\nx = 1\n```", "x = 1\n"),
    (">quote\n>more\nend", "quote\nmore\nend"),
    (">long\n>more||", "long\nmore"),
    (f"![👍]({CUSTOM})", "👍"),
    ("`a.b`", "a.b"),
]


@pytest.mark.parametrize(("text", "words"), HTML_ERRORS)
def test_wrong_html_is_refused_with_telegrams_words(text: str, words: str) -> None:
    with pytest.raises(MarkupError, match=r"^can't parse entities: ") as caught:
        check(text, "HTML")
    assert words in str(caught.value)


@pytest.mark.parametrize(("text", "words"), MARKDOWN_ERRORS)
def test_wrong_markdown_is_refused_with_telegrams_words(text: str, words: str) -> None:
    with pytest.raises(MarkupError, match=r"^can't parse entities: ") as caught:
        check(text, "MarkdownV2")
    assert words in str(caught.value)


@pytest.mark.parametrize(("text", "plain"), HTML_TEXTS)
def test_html_is_taken_off(text: str, plain: str) -> None:
    assert markup.parse(text, "HTML").text == plain


@pytest.mark.parametrize(("text", "plain"), MARKDOWN_TEXTS)
def test_markdown_is_taken_off(text: str, plain: str) -> None:
    assert markup.parse(text, "MarkdownV2").text == plain


def test_lengths_count_characters_after_parsing_and_trimming() -> None:
    assert len(check("<b>" + "👍" * 4096 + "</b>  \n", "HTML")) == 4096
    with pytest.raises(MarkupError, match="message is too long: it has 4097 characters"):
        check("👍" * 4097, None)
    check("x" * 1024, None, markup.CAPTION_MAX_CHARS)
    with pytest.raises(MarkupError, match="message caption is too long"):
        check("x" * 1025, None, markup.CAPTION_MAX_CHARS)
    with pytest.raises(MarkupError, match="text is too long"):
        check("<b></b>" * 5000 + "x", "HTML")


@pytest.mark.parametrize("text", [" ", "\n\n", "\u2800", "\u200b\u200d", "<b> </b>", "\r\x01"])
def test_a_text_that_nobody_sees_is_refused(text: str) -> None:
    with pytest.raises(MarkupError, match="text must be non-empty"):
        check(text, "HTML")
    with pytest.raises(MarkupError, match="message text is empty"):
        check("", None)


def test_a_caption_may_be_empty() -> None:
    for caption in ("", "\u200b", "<b></b>"):
        check(caption, "HTML", markup.CAPTION_MAX_CHARS)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("<b> x</b>", " x"),
        ("<a href='nonsense'> x</a>", "x"),  # a link that Telegram drops
        ("<a> e.com</a>", "e.com"),
        ("<a href='e.com'> x</a>", " x"),
        ("<a href='e.com'> <blockquote>x</blockquote></a>", "x"),  # quotes cut links
        ("<b>\r</b> x", "x"),
        ("<tg-time unix='0'> x</tg-time>", "x"),
        ("\u200e\u200fx\u2028", "\u200c\u200fx"),
    ],
)
def test_blanks_stay_where_a_kept_piece_begins_with_them(text: str, seen: str) -> None:
    assert check(text, "HTML") == seen


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("<b\0>x</b>", "HTML", "Unclosed start tag at byte offset 0"),
        ("<tg-emoji emoji-id='007'>x</tg-emoji>", "HTML", "Invalid custom emoji identifier"),
        ("<tg-time unix='1' format='x'>x</tg-time>", "HTML", "Invalid date format used"),
        ("![x](tg://time?unix=0)", "MarkdownV2", "Invalid tg://emoji or tg://time URL"),
        ("![x](tg://emoji?ID=5)", "MarkdownV2", "Invalid tg://emoji or tg://time URL"),
        ("&#xD83D;&#xDE00;", "HTML", "invalid Unicode characters"),
        ("<a href='http://e.com/&#xD83D;'>x</a>", "HTML", "must be encoded in UTF-8"),
        ("<a href='http://\u2028./'>x</a>", "HTML", "entity URL"),
    ],
)
def test_what_telegram_refuses_is_refused(text: str, mode: str, words: str) -> None:
    with pytest.raises(MarkupError, match=words):
        check(text, mode)


def test_an_unknown_parse_mode_is_refused() -> None:
    with pytest.raises(MarkupError, match="unsupported parse_mode"):
        check("x", "Markdown")


@given(text=st.text())
def test_escaped_text_reads_as_itself_in_every_mode(text: str) -> None:
    for mode in (None, "HTML", "MarkdownV2"):
        assert markup.parse(escape(text, mode), mode).text == text


@given(name=st.text())
def test_personal_fields_cannot_break_out_of_their_place(name: str) -> None:
    name = name.replace("\0", "")
    fields = {"first_name": name, "username": None}
    for mode, template in (("HTML", "<b>{first_name}</b>"), ("MarkdownV2", "*{first_name}*")):
        filled = render(template + "{username}", fields, mode)
        assert markup.parse(filled, mode).text == name


def test_only_known_fields_are_filled_and_their_content_is_not_looked_at_again() -> None:
    fields = {"first_name": "{username}", "username": "me"}
    assert render("{first_name} {other} {}", fields, None) == "{username} {other} {}"
