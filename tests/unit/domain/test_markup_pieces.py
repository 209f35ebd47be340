"""Which pieces of a text are marked, which links it holds, and what is wrong where it is refused.

What each markup means is TDLib's: `integration/telegram/test_markup_as_tdlib.py` compares with it.
"""

import pytest

from crier.domain import markup
from crier.domain.markup import MarkupError


def pieces(text: str, mode: str) -> tuple[str, str, str]:
    """Return the plain text, its marked pieces, and its links: the address, where it stands in the
    markup, and where its words stand in the text."""
    parsed = markup.parse(text, mode)
    marked = " ".join(f"{kind}:{begin}-{end}" for kind, begin, end in parsed.spans)
    links = " ".join(
        f"{url}@{start}-{end}/{words[0]}-{words[1]}" for url, start, end, words in parsed.links
    )
    return parsed.text, marked, links


def refusal(text: str, mode: str) -> str:
    """Return what is wrong with a text that is refused."""
    with pytest.raises(MarkupError) as refused:
        markup.parse(text, mode)
    began, _, words = str(refused.value).partition(": ")
    assert began == "can't parse entities"
    return words


@pytest.mark.parametrize(
    ("text", "plain", "marked", "links"),
    [
        ("<b>a</b>", "a", "style:0-1", ""),
        ("<strong>a</strong><i>b</i><em>c</em><s>d</s><strike>e</strike><del>f</del><u>g</u><ins>h</ins>",
         "abcdefgh", " ".join(f"style:{at}-{at + 1}" for at in range(8)), ""),
        ("<tg-spoiler>a</tg-spoiler><span class='tg-spoiler'>b</span>",
         "ab", "style:0-1 style:1-2", ""),
        ("x<tg-emoji emoji-id='5'>a</tg-emoji>", "xa", "other:1-2", ""),
        ("<tg-time unix='1'>a</tg-time>", "a", "other:0-1", ""),
        ("<tg-time unix='1' format='wDT'>a</tg-time>", "a", "other:0-1", ""),
        ("<tg-time>a</tg-time>", "a", "", ""),
        ("<tg-time unix='-5'>a</tg-time>", "a", "", ""),
        ("<tg-time unix='2147483647'>a</tg-time>", "a", "other:0-1", ""),
        ("<tg-time unix='2147483648'>a</tg-time>", "a", "", ""),
        ("<tg-time unix='4294967297'>a</tg-time>", "a", "other:0-1", ""),
        ("<tg-time unix='12x'>a</tg-time>", "a", "other:0-1", ""),
        ("<tg-time unix>a</tg-time>", "a", "", ""),
        ("<pre>a</pre><code>b</code>", "ab", "other:0-1 other:1-2", ""),
        ("<blockquote>a</blockquote>", "a", "quote:0-1", ""),
        ("<blockquote expandable>a</blockquote>", "a", "quote:0-1", ""),
        ("<a href='e.com'>a</a>", "a", "other:0-1", "e.com@8-15/0-1"),
        ("<a href='no'>a</a>", "a", "", "no@8-12/0-1"),
        ("<a>e.com</a>", "e.com", "other:0-5", ""),
        ("<a>word</a>", "word", "", ""),
        ("<b></b>x", "x", "", ""),
        ("<a href='e.com'></a>x", "x", "", "e.com@8-15/0-0"),
        ("<i>a<b>b</b></i>", "ab", "style:1-2 style:0-2", ""),
        ("&amp;&lt;&gt;&quot;&apos;", '&<>"&apos;', "", ""),
        ("&#65;&#x41;&#X41;", "AAA", "", ""),
        ("&#0;", "&#0;", "", ""),
        ("&#1114111;", "&#1114111;", "", ""),
        ("&#1114110;", "\U0010fffe", "", ""),
        ("&#65 x", "A x", "", ""),
        ("&#;", "&#;", "", ""),
        ("&#x;", "&#x;", "", ""),
        ("&unknown;", "&unknown;", "", ""),
        ("&am", "&am", "", ""),
        ("&#0000065;", "A", "", ""),
        ("&#00000065;", "&#00000065;", "", ""),
        ("&#x000041;", "A", "", ""),
        ("&#x0000041;", "&#x0000041;", "", ""),
        ("<b >a</b >", "a", "style:0-1", ""),
        ("<b\n>a</b\n>", "a", "style:0-1", ""),
        ("<a href=e.com>a</a>", "a", "other:0-1", "e.com@8-13/0-1"),
        ('<a href = "e.com" >a</a>', "a", "other:0-1", "e.com@10-17/0-1"),
        ("<a href=E.COM>a</a>", "a", "other:0-1", "e.com@8-13/0-1"),
        ("<a href='E.com'>a</a>", "a", "other:0-1", "E.com@8-15/0-1"),
        ('<a href="e.com?a=\'b\'">a</a>', "a", "other:0-1", "e.com?a='b'@8-21/0-1"),
        ("<a href='e.com&amp;x'>a</a>", "a", "other:0-1", "e.com&x@8-21/0-1"),
        ("<a href='1.com' href='2.com'>a</a>", "a", "other:0-1", "2.com@21-28/0-1"),
        ("<a b c='d' href='e.com'>a</a>", "a", "other:0-1", "e.com@16-23/0-1"),
        ("<a href>e.com</a>", "e.com", "other:0-5", ""),
        ("<a href=''>e.com</a>", "e.com", "other:0-5", ""),
        ("<a href='1.com'>a<a href='2.com'>b</a></a>",
         "ab", "other:1-2 other:0-2", "1.com@8-15/0-2 2.com@25-32/1-2"),
        ("<span class='tg-spoiler' class='x'>a</span>", "a", "style:0-1", ""),
        ("<B>a</b>", "a", "style:0-1", ""),
    ],
)  # fmt: skip
def test_html_marks_pieces(text: str, plain: str, marked: str, links: str) -> None:
    assert pieces(text, "HTML") == (plain, marked, links)


@pytest.mark.parametrize(
    ("text", "plain", "marked", "links"),
    [
        ("*a*", "a", "style:0-1", ""),
        ("_a_", "a", "style:0-1", ""),
        ("__a__", "a", "style:0-1", ""),
        ("~a~", "a", "style:0-1", ""),
        ("||a||", "a", "style:0-1", ""),
        ("`a`", "a", "other:0-1", ""),
        ("```a```", "a", "other:0-1", ""),
        ("```py\na```", "a", "other:0-1", ""),
        ("```\na```", "a", "other:0-1", ""),
        ("```\r\na```", "a", "other:0-1", ""),
        ("```\n\ra```", "a", "other:0-1", ""),
        ("```py```", "py", "other:0-2", ""),
        ("```py a```", " a", "other:0-2", ""),
        ("[a](e.com)", "a", "other:0-1", "e.com@4-9/0-1"),
        ("[a](no)", "a", "", "no@4-6/0-1"),
        ("[word]", "word", "", ""),
        ("[a]", "a", "", ""),
        ("![a](tg://emoji?id=5)", "a", "other:0-1", ""),
        ("![a](tg://time?unix=1)", "a", "other:0-1", ""),
        ("![a](tg://time?unix=1&format=r)", "a", "other:0-1", ""),
        ("*_a_*", "a", "style:0-1 style:0-1", ""),
        ("_a__b__c_", "abc", "style:1-2 style:0-3", ""),
        ("**", "", "", ""),
        ("[](e.com)x", "x", "", "e.com@3-8/0-0"),
        (">a", "a", "quote:0-1", ""),
        (">a\nb", "a\nb", "quote:0-2", ""),
        (">a\n>b\nc", "a\nb\nc", "quote:0-4", ""),
        (">a||", "a", "quote:0-1", ""),
        (">a||\nb", "a\nb", "quote:0-2", ""),
        (">*a*\nb", "a\nb", "style:0-1 quote:0-2", ""),
        ("a\n>b", "a\nb", "quote:2-3", ""),
        (">a\r\nb", "a\r\nb", "quote:0-3", ""),
        ("x", "x", "", ""),
        ("\\*a\\_", "*a_", "", ""),
        ("\\a", "a", "", ""),
        ("\\\\", "\\", "", ""),
        ("`\\``", "`", "other:0-1", ""),
        ("[a](e\\.com\\))", "a", "other:0-1", "e.com)@4-12/0-1"),
        ("`a\nb`\nc", "a\nb\nc", "other:0-3", ""),
        ("*a\nb*", "a\nb", "style:0-3", ""),
        ("[a](b.c\\d)", "a", "other:0-1", "b.cd@4-9/0-1"),
        (">||a||", "a", "style:0-1 quote:0-1", ""),
        (">||a||\nb", "a\nb", "style:0-1 quote:0-2", ""),
        ("[a\\]](e.com)", "a]", "other:0-2", "e.com@6-11/0-2"),
        ("_a_\r__b__", "a\rb", "style:0-1 style:2-3", ""),
        (">a\n\n>b", "a\n\nb", "quote:0-2 quote:3-4", ""),
        (">`a\nb`", "a\nb", "other:0-3 quote:0-3", ""),
    ],
)  # fmt: skip
def test_markdown_marks_pieces(text: str, plain: str, marked: str, links: str) -> None:
    assert pieces(text, "MarkdownV2") == (plain, marked, links)


def test_links_without_an_address_say_where_they_lead() -> None:
    assert markup.parse("<a>e.com</a> <a>word</a>", "HTML").labels == ("e.com",)
    assert markup.parse("[e\\.com] [word]", "MarkdownV2").labels == ("e.com",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<", "Unclosed start tag at byte offset 0"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b x", 'Unclosed start tag "b" at byte offset 0'),
        ("<b x=", 'Unclosed start tag "b" at byte offset 0'),
        ("<b x='", "Unclosed start tag at byte offset 0"),
        ("<b x='y", "Unclosed start tag at byte offset 0"),
        ("<b x=y", "Unclosed start tag at byte offset 0"),
        ("<b x=y'>", "Unexpected end of name token at byte offset 5"),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<b></i>", 'Unmatched end tag at byte offset 3, expected "</b>", found "</i>"'),
        ("<b></b", "Unclosed end tag at byte offset 3"),
        ("<b>", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<x>", 'Unsupported start tag "x" at byte offset 0'),
        ("<b =y>", 'Empty attribute name in the tag "b" at byte offset 0'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<span class='x'>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>a</tg-emoji>", "Invalid custom emoji identifier specified"),
        ("<tg-emoji emoji-id='0'>a</tg-emoji>", "Invalid custom emoji identifier specified"),
        ("<tg-time unix='1' format='q'>a</tg-time>", "Invalid date format used"),
        ("ü<x>", 'Unsupported start tag "x" at byte offset 2'),
        ("ü</b>", "Unexpected end tag at byte offset 2"),
        ("<a href=e.com", "Unclosed start tag at byte offset 0"),
        ("<b></b x>", "Unclosed end tag at byte offset 3"),
        ("<b></ b>", "Unclosed end tag at byte offset 3"),
    ],
)  # fmt: skip
def test_html_that_is_wrong_says_what_and_where(text: str, words: str) -> None:
    assert refusal(text, "HTML") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("___a___", "Can't find end of Italic entity at byte offset 6"),
        ("![a](tg://user?id=5)", "Invalid tg://emoji or tg://time URL specified"),
        ("*a", "Can't find end of Bold entity at byte offset 0"),
        ("_a", "Can't find end of Italic entity at byte offset 0"),
        ("__a", "Can't find end of Underline entity at byte offset 0"),
        ("~a", "Can't find end of Strikethrough entity at byte offset 0"),
        ("||a", "Can't find end of Spoiler entity at byte offset 0"),
        ("`a", "Can't find end of Code entity at byte offset 0"),
        ("```a", "Can't find end of Pre entity at byte offset 0"),
        ("[a", "Can't find end of TextUrl entity at byte offset 0"),
        ("[a](b", "Can't find end of a URL at byte offset 4"),
        ("![a", "Can't find end of CustomEmoji entity at byte offset 0"),
        ("![a](x)", "Invalid tg://emoji or tg://time URL specified"),
        ("![a]", "The entity must contain a tg://emoji or tg://time URL"),
        (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
        (">_a\nb", "Can't find end of Italic entity at byte offset 1"),
        ("ü*a", "Can't find end of Bold entity at byte offset 2"),
        ("*a\n>b", "Can't find end of Bold entity at byte offset 0"),
        (">a||b", "Can't find end of Spoiler entity at byte offset 2"),
        ("```a``", "Can't find end of Pre entity at byte offset 0"),
        ("[a](e.com\\", "Can't find end of a URL at byte offset 4"),
    ],
)  # fmt: skip
def test_markdown_that_is_wrong_says_what_and_where(text: str, words: str) -> None:
    assert refusal(text, "MarkdownV2") == words


@pytest.mark.parametrize("char", "|!.-=#+{}()]>")
def test_a_reserved_character_is_named(char: str) -> None:
    assert refusal(f"a{char}", "MarkdownV2") == (
        f"Character '{char}' is reserved and must be escaped with the preceding '\\'"
    )
