"""Links behind words are found in both markups, whatever stands around them."""

import pytest

from crier.domain.links import links_of, replace_links


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<a href="https://a.example/?x=1&amp;y=2">go</a>', ["https://a.example/?x=1&y=2"]),
        ("<A  href = 'https://a.example/'>go</A>", ["https://a.example/"]),
        ("<b><a href=a.example>go</a></b>", ["a.example"]),
        ('<a href="https://a.example/?a=1&region=eu&copy=2&lt=3">go</a>',
         ["https://a.example/?a=1&region=eu&copy=2<=3"]),  # Telegram knows four names alone
        ('<a data-href="https://no.example" title="a>b" href="https://a.example">go</a>',
         ["https://a.example"]),
        ('<a href="https://no.example" href="https://a.example">go</a>', ["https://a.example"]),
        ('<b title="<a href=1>">go</b>', []),
        ('<tg-emoji emoji-id="5368324170671202286">!</tg-emoji>', []),
        ('<a href="https://a.example/{username}?n={first_name}">{first_name}</a>',
         ["https://a.example/{username}?n={first_name}"]),
        ("<b>https://shown.example</b>", []),
        ('<a href="https://1.example">1</a> <a href="tg://user?id=1">2</a>',
         ["https://1.example", "tg://user?id=1"]),
    ],
)  # fmt: skip
def test_html_links_are_found_with_their_entities_resolved(text: str, found: list[str]) -> None:
    assert links_of(text, "HTML") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[go](https://a.example/)", ["https://a.example/"]),
        (r"[go](https://a.example/\(x\))", ["https://a.example/(x)"]),
        (r"\[no\]\(https://a\.example/\)", []),
        ("[{first_name}](https://a.example/{username}) {first_name}",
         ["https://a.example/{username}"]),
        ("![👍](tg://emoji?id=5368324170671202286)", []),
        ("`[no](https://a.example/)`", []),
        ("```\n[no](https://a.example/)\n```", []),
        ("*[go](https://a.example/)* _[two](http://b.example)_",
         ["https://a.example/", "http://b.example"]),
    ],
)  # fmt: skip
def test_markdown_links_are_found_outside_of_code_only(text: str, found: list[str]) -> None:
    assert links_of(text, "MarkdownV2") == found


def test_a_replacement_changes_the_url_and_nothing_else() -> None:
    text = '<b>x</b> <a class=z href="https://a.example">go &amp; see</a>'
    assert (
        replace_links(text, "HTML", lambda _: "https://t.example/r/1")
        == '<b>x</b> <a class=z href="https://t.example/r/1">go &amp; see</a>'
    )
    assert replace_links("a [b](https://c)", "MarkdownV2", lambda _: "https://d") == (
        "a [b](https://d)"
    )


@pytest.mark.parametrize(
    ("text", "mode"), [('<a href="https://c">b</a>', "HTML"), ("[b](https://c)", "MarkdownV2")]
)
def test_a_replacement_is_written_as_the_markup_asks(text: str, mode: str) -> None:
    url = 'https://d.example/?a=1&amp=2&x=")(\\)'
    assert links_of(replace_links(text, mode, lambda _: url), mode) == [url]


def test_plain_text_has_no_hidden_links() -> None:
    assert links_of("[x](https://a.example) <a href='https://b.example'>", None) == []
