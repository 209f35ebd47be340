"""Links behind words are found in both markups, whatever stands around them."""

import pytest

from crier.domain.links import Shown, host_of, links_of, replace_links, shown_links


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


@pytest.mark.parametrize(
    ("text", "mode", "shown"),
    [
        ('a <a href="https://x.example"><b>big</b> &amp; é</a>', "HTML",
         [Shown("big & é", "https://x.example")]),
        ('<a href="https://1.example">a<a href="https://2.example">b</a></a>', "HTML",
         [Shown("ab", "https://1.example"), Shown("b", "https://2.example")]),
        ('<a href="https://x.example"></a>', "HTML", [Shown("", "https://x.example")]),
        ("*a* [_b_ c](https://x.example) d", "MarkdownV2", [Shown("b c", "https://x.example")]),
        ("[{first_name}](https://x.example/{username})", "MarkdownV2",
         [Shown("{first_name}", "https://x.example/{username}")]),
        ("see https://x.example/a, or TG://resolve?domain=b.", None,
         [Shown(None, "https://x.example/a"), Shown(None, "TG://resolve?domain=b")]),
        ('<a href="https://x.example">https://y.example</a> https://z.example', "HTML",
         [Shown("https://y.example", "https://x.example"), Shown(None, "https://z.example")]),
        ("no link here: a@b.example", None, []),
        ("<a>x.example</a> and https://y.example", "HTML",
         [Shown(None, "x.example"), Shown(None, "https://y.example")]),
        ("[x@y\\.example]", "MarkdownV2", [Shown(None, "x@y.example")]),
    ],
)  # fmt: skip
def test_links_are_shown_with_their_words(text: str, mode: str | None, shown: list[Shown]) -> None:
    assert shown_links(text, mode) == shown


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example/x?u={username}", "a.example"),
        ("HTTP://Faß.example", "xn--fa-hia.example"),
        ("a.example:8080/x", "a.example"),
        ("a.example?x=https://b.example", "a.example"),
        ("tg://user?id=1", None),
        ("tg:resolve?domain={username}", None),
        ("ton://transfer/x", None),
        ("tonsite://site.ton/x", None),
    ],
)
def test_what_telegram_opens_leads_to_a_host_or_stays_there(url: str, host: str | None) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "javascript:alert(a.b)", "JavaScript://a.example/%0aalert(1)",
        "data:text/html,x", "mailto:a@b.example", "tel:+123", "file:///etc/passwd", "ftp://a.example",
        "https://x.example@evil.example/", "https://@evil.example/", "https://a:b@evil.example/",
        "x.example@evil.example", "https://x.example%40evil.example/", "https://x.example\\@evil.example",
        "https://{username}.example/", "https://{username}@evil.example/", "tg://a@b.example/",
        "tg://a.example:80", "", "//evil.example", "word", "https://", " https://a.example",
    ],
)  # fmt: skip
def test_other_links_and_hidden_hosts_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must|names|is no"):
        host_of(url)
