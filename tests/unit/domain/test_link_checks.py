"""Links of a message: what may not be stored, and what reviewers are warned of."""

import pytest

from crier.domain.link_checks import AdLink, check_link, check_text, links_of

MIXED = "its host has letters of several alphabets"


@pytest.mark.parametrize("allow", [None, ()])
def test_links_to_the_public_web_and_into_telegram_pass(allow: tuple[str, ...] | None) -> None:
    check_link("https://a.example/x", allow)
    check_link("a.example", allow)
    check_link("tg://user?id=1", allow)


def test_a_host_that_is_not_public_passes_only_where_it_is_allowed() -> None:
    check_link("http://10.0.0.1/", None)
    check_link("http://10.0.0.1/", ["10.0.0.0/8"])
    with pytest.raises(ValueError, match="must be an address on the public internet"):
        check_link("http://10.0.0.1/", ["192.168.0.0/16"])


@pytest.mark.parametrize("allow", [None, ()])
def test_a_link_that_telegram_does_not_open_is_refused(allow: tuple[str, ...] | None) -> None:
    with pytest.raises(ValueError, match="must begin with"):
        check_link("mailto:someone", allow)


def test_a_text_is_refused_with_the_link_that_is_wrong() -> None:
    check_text("<a href='https://a.example'>x</a> http://10.0.0.1", "HTML", ())
    with pytest.raises(ValueError, match=r"has a link that must be .*internet \(http://10.0.0.1\)"):
        check_text("<a href='http://10.0.0.1'>x</a>", "HTML", ())
    long = "http://10.0.0.1/" + "x" * 200
    with pytest.raises(ValueError, match=r"\(http://10\.0\.0\.1/x{84}\)$"):
        check_text(f"<a href='{long}'>x</a>", "HTML", ())


def test_a_link_that_shows_must_not_hide_its_host() -> None:
    with pytest.raises(ValueError, match=r"has a link that must not hold a user name"):
        check_text("see https://bank.example@evil.example/", None, None)
    check_text("see https://a.example/@somebody and https://a.example:x/@b", None, None)
    check_text("tg://resolve@x", None, None)


def test_links_of_the_text_come_before_those_of_the_buttons() -> None:
    buttons = [[{"text": "Shop", "url": "https://b.example"}], [{"text": "T", "url": "tg://x"}]]
    assert links_of("<a href='https://Faß.example'>Go</a> https://c.example", "HTML", buttons) == [
        AdLink("Go", "https://Faß.example", "xn--fa-hia.example", "faß.example", None),
        AdLink("https://c.example", "https://c.example", "c.example", None, None),
        AdLink("Shop", "https://b.example", "b.example", None, None),
        AdLink("T", "tg://x", None, None, None),
    ]


def warning(words: str, url: str) -> str | None:
    (link,) = links_of("", None, [[{"text": words, "url": url}]])
    return link.warning


def test_a_link_that_is_wrong_is_shown_with_what_is_wrong() -> None:
    assert links_of("", None, [[{"text": "x", "url": "data:x"}]])[0].host is None
    assert (warning("x", "data:x") or "").startswith("it must begin with https://")


@pytest.mark.parametrize(
    ("words", "url", "said"),
    [
        ("x", "https://pаypal.example", MIXED),
        ("bank.example", "https://evil.example", "its words read as bank.example"),
        (" https://www.Bank.example/in", "https://evil.example", "its words read as Bank.example"),
        ("bank.example", "https://bank.example/in", None),
        ("bank.example", "https://www.bank.example/in", None),
        ("Faß.example", "https://xn--fa-hia.example", None),
        ("Read more", "https://a.example", None),
        ("Read this.or that", "https://a.example", None),
        ("v1.0", "https://a.example", None),
        ("a..example", "https://a.example", None),
    ],
)
def test_words_that_read_as_another_address_are_said(
    words: str, url: str, said: str | None
) -> None:
    assert warning(words, url) == said
