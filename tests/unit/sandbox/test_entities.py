"""Markup is read by Telegram's rules and refused with Telegram's words."""

import pytest

from crier.sandbox.entities import MAX_CAPTION, formatted
from crier.sandbox.errors import ApiError


def refusal(text: str, mode: str, limit: int = 4096) -> str:
    with pytest.raises(ApiError) as caught:
        formatted(text, mode, "", limit)
    assert caught.value.code == 400
    return caught.value.description


def entities(text: str, mode: str) -> tuple[str, list[tuple[str, int, int]]]:
    shown = formatted(text, mode, "")
    return shown.text, [(e["type"], e["offset"], e["length"]) for e in shown.entities]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a <x>b</x>", 'Unsupported start tag "x" at byte offset 2'),
        ("é <p>", 'Unsupported start tag "p" at byte offset 3'),
        ("a<br>b", 'Unsupported start tag "br" at byte offset 1'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ('<a "x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">a</tg-emoji>', "Invalid custom emoji identifier specified"),
    ],
)
def test_wrong_html_is_refused_with_the_place_in_bytes(text: str, reason: str) -> None:
    assert refusal(text, "HTML") == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("text", "shown", "found"),
    [
        ("<b>a<i>b</i></b>c", "abc", [("bold", 0, 1), ("bold", 1, 1), ("italic", 1, 1)]),
        ("<B>a</b >", "a", [("bold", 0, 1)]),
        ("😀<u>b</u>", "😀b", [("underline", 2, 1)]),
        ("<ins>a</ins><del>b</del>", "ab", [("underline", 0, 1), ("strikethrough", 1, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ("<b></b>a", "a", []),
        ("&lt;b&gt; &amp &quot; &nbsp; &#65; &#x42", '<b> & " &nbsp; A B', []),
        ("a > b & c", "a > b & c", []),
        ('<a href="nonsense">a</a>', "a", []),
        ("<b>a </b> ", "a", [("bold", 0, 1)]),
        ("  <b>a</b>", "a", [("bold", 0, 1)]),
    ],
)
def test_html_becomes_text_and_entities(
    text: str, shown: str, found: list[tuple[str, int, int]]
) -> None:
    assert entities(text, "html") == (shown, found)


def test_links_and_code_keep_their_arguments() -> None:
    html = (
        '<a href="https://e.com/?a=1&amp;b=2">x</a><pre><code class="language-py">y</code></pre>'
        '<a href="tg://user?id=42">z</a>'
    )
    link, code, mention = formatted(html, "HTML", "").entities
    assert link["url"] == "https://e.com/?a=1&b=2"
    assert (code["type"], code["language"]) == ("pre", "py")
    assert (mention["type"], mention["user"]["id"]) == ("text_mention", 42)


@pytest.mark.parametrize("char", list("_*[]()~`>#+-=|{}.!"))
def test_every_reserved_character_of_markdown_v2_wants_a_backslash(char: str) -> None:
    assert entities(f"a\\{char}b", "MarkdownV2")[0] == f"a{char}b"
    assert "can't parse entities" in refusal(f"a{char}b", "MarkdownV2")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a.b", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a!b", "Character '!' is reserved and must be escaped with the preceding '\\'"),
        ("a|b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("a>b", "Character '>' is reserved and must be escaped with the preceding '\\'"),
        ("é*b", "Can't find end of Bold entity at byte offset 2"),
        ("__b", "Can't find end of Underline entity at byte offset 0"),
        ("||b", "Can't find end of Spoiler entity at byte offset 0"),
        ("```py\nb", "Can't find end of PreCode entity at byte offset 0"),
        ("[a](http://e.com", "Can't find end of a URL at byte offset 4"),
        ("![a]", "The entity must contain a tg://emoji or tg://time URL"),
        ("![a](http://e.com)", "Invalid tg://emoji or tg://time URL specified"),
    ],
)
def test_wrong_markdown_v2_is_refused(text: str, reason: str) -> None:
    assert refusal(text, "MarkdownV2") == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("text", "shown", "found"),
    [
        ("*a _b_*", "a b", [("bold", 0, 2), ("bold", 2, 1), ("italic", 2, 1)]),
        ("__a___b_", "ab", [("underline", 0, 1), ("italic", 1, 1)]),
        ("~a~ ||b||", "a b", [("strikethrough", 0, 1), ("spoiler", 2, 1)]),
        ("`a.b`", "a.b", [("code", 0, 3)]),
        ("```\na*b```", "a*b", [("pre", 0, 3)]),
        (">a\n>b\nc", "a\nb\nc", [("blockquote", 0, 4)]),
        (">a||", "a", [("expandable_blockquote", 0, 1)]),
    ],
)
def test_markdown_v2_becomes_text_and_entities(
    text: str, shown: str, found: list[tuple[str, int, int]]
) -> None:
    assert entities(text, "markdownv2") == (shown, found)


def test_an_escaped_bracket_may_stand_in_a_markdown_v2_link() -> None:
    (link,) = formatted("[a](https://e.com/\\)x)", "MarkdownV2", "").entities
    assert link["url"] == "https://e.com/)x"


def test_old_markdown_has_no_nesting_and_its_own_error() -> None:
    assert entities("*a_b* `c`", "Markdown") == ("a_b c", [("bold", 0, 3), ("code", 4, 1)])
    expected = (
        "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 2"
    )
    assert refusal("a *b", "markdown") == expected


def test_an_unknown_parse_mode_is_refused() -> None:
    assert refusal("a", "bbcode") == "Bad Request: unsupported parse_mode"


def test_lengths_count_characters_after_parsing() -> None:
    assert formatted("<b>" + "😀" * 4096 + "</b>", "HTML", "").entities[0]["length"] == 8192
    assert refusal("a" * 4097, "") == "Bad Request: message is too long"
    assert refusal("a" * 1025, "", MAX_CAPTION) == "Bad Request: message caption is too long"
    assert refusal("a" * 32769, "") == "Bad Request: text is too long"


@pytest.mark.parametrize("text", [" ", "\n\t", "\u200b\u200e\u2003", "<b> </b>"])
def test_a_text_without_anything_to_see_is_refused(text: str) -> None:
    assert refusal(text, "HTML") == "Bad Request: text must be non-empty"


def test_control_characters_go_and_entities_move_along() -> None:
    assert entities("a\r\n\tb\u2028<b>c\rd</b>", "HTML") == ("a\n bcd", [("bold", 4, 2)])


def test_blanks_inside_an_entity_stay() -> None:
    assert entities(" \n<b> a</b>", "HTML") == (" a", [("bold", 0, 2)])


def test_an_entity_may_not_cut_a_character_in_two() -> None:
    for offset, length, words in ((1, 1, "entity begins"), (0, 1, "entity beginning at")):
        given = f'[{{"type": "bold", "offset": {offset}, "length": {length}}}]'
        with pytest.raises(ApiError, match=f"{words}.* in a middle of a UTF-16 symbol"):
            formatted("😀a", "", given)


def test_lone_surrogates_are_refused() -> None:
    assert "UTF-8" in refusal("a\ud800", "")
    assert "invalid Unicode" in refusal("a&#55357;", "HTML")


def test_telegram_finds_links_mentions_and_commands_by_itself() -> None:
    text = "/start@bot see https://e.com/x, e.org or me@e.com; ask @someone about #news"
    found = [(kind, text[at : at + size]) for kind, at, size in entities(text, "")[1]]
    assert found == [
        ("bot_command", "/start@bot"),
        ("url", "https://e.com/x"),
        ("url", "e.org"),
        ("email", "me@e.com"),
        ("mention", "@someone"),
        ("hashtag", "#news"),
    ]


def test_given_entities_are_used_and_unreadable_json_is_not_an_error() -> None:
    bold = '{"type": "bold", "offset": 0, "length": 1}'
    given = f'[{bold}, {{"type": "text_link", "offset": 1, "length": 1, "url": "e.com"}}]'
    shown = formatted("ab", "", given)
    assert [e["type"] for e in shown.entities] == ["bold", "text_link"]
    assert shown.entities[1]["url"] == "http://e.com/"
    assert formatted("ab", "", "[nonsense").entities == []
