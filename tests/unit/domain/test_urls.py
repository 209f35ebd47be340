"""Addresses that users give: public web addresses only, unless allowed."""

import pytest

from crier.domain import urls


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://a.example:8080/x?y=1#z",
        "https://8.8.8.8/",
        "https://[2606:4700::1]/",
        "https://пример.example/ü",
        "https://a_b.example./",
    ],
)
def test_public_web_addresses_pass(url: str) -> None:
    urls.check_public(urls.read(url))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x", "javascript:alert(1)", "//example.com", "example.com", "", "https://",
        "https://exa mple.com", "https://a.example/with space", "http://[::1", "http://a.example:99999",
        "http://localhost/", "http://127.0.0.1/", "http://127.1/", "http://2130706433/",
        "http://0x7f.1/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data",
        "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://router/", "http://x.internal/",
        "https://a.example/" + "x" * 3000, "http://127.0.0.1\\@a.example/", "http://127.0.0.①/",
        "https://a..example/", "https://" + "a" * 64 + ".example/", "https://a.example/\x01",
        "https://a\x7f.example/",
    ],
)  # fmt: skip
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must|is|names"):
        urls.check_public(urls.read(url))


def test_what_the_operator_allows_passes() -> None:
    allow = ("intranet.corp", "10.0.0.0/8", "127.0.0.1")
    for url in ("http://intranet.corp/x", "http://10.1.2.3:99/", "http://127.0.0.1/"):
        urls.check_public(urls.read(url), allow)
    with pytest.raises(ValueError, match="public internet"):
        urls.check_public(urls.read("http://192.168.1.1/"), allow)


def test_what_is_allowed_is_named_in_any_writing_and_nothing_else_is() -> None:
    allow = ("Straße.Example", "not a host name", "intranet.corp")
    assert urls.is_named("xn--strae-oqa.example", allow)
    assert urls.is_named("intranet.corp", allow)
    assert urls.is_named("not a host name", allow)
    assert not urls.is_named("other.corp", allow)
    assert not urls.is_named("intranet.corp", ())


@pytest.mark.parametrize(
    ("url", "written", "port", "has_login"),
    [
        ("https://a.example", "https://a.example", 443, False),
        ("http://A.example/x", "http://a.example/x", 80, False),
        ("http://a.example:8080/", "http://a.example:8080/", 8080, False),
        ("https://u:p@a.example/?q#f", "https://u:p@a.example/?q#f", 443, True),
        ("https://@пример.example/", "https://@xn--e1afmkfd.example/", 443, True),
        ("https://[2606:4700:0::1]:1/", "https://[2606:4700::1]:1/", 1, False),
    ],
)
def test_a_url_is_read_once_with_its_host_in_ascii(
    url: str, written: str, port: int, has_login: bool
) -> None:
    web = urls.read(url)
    assert (web.url, web.port, web.has_login) == (written, port, has_login)


def test_port_nought_and_a_login_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no host"):
        urls.read("https://a.example:0/")
    assert urls.read_plain("https://a.example/").host == "a.example"
    with pytest.raises(ValueError, match=r"user name before its host, which is evil\.example"):
        urls.read_plain("https://bank.example@evil.example/")


def test_the_longest_url_is_read_and_one_character_more_is_not() -> None:
    longest = "https://a.example/" + "x" * (2048 - 18)
    assert urls.read(longest).url == longest
    with pytest.raises(ValueError, match="longer than 2048"):
        urls.read(longest + "x")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@a.example:444/path?token=1#f", "https://a.example:444/…"),
        ("http://пример.example/x", "http://xn--e1afmkfd.example/…"),
        ("no url", "…"),
    ],
)
def test_what_may_be_secret_in_a_url_is_masked(url: str, shown: str) -> None:
    assert urls.masked(url) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://A.example/x", "https://A.example/x"),
        ("https://пример.example/ü", "https://xn--e1afmkfd.example/ü"),
        ("tg://user?id=ü", "tg://user?id=ü"),
    ],
)
def test_a_host_is_shown_as_it_is_looked_up(url: str, shown: str) -> None:
    assert urls.with_ascii_host(url) == shown


@pytest.mark.parametrize("last", ["0X7F", "0xff", "127", "home", "localdomain"])
def test_names_that_only_lead_into_ones_own_network_are_not_public(last: str) -> None:
    with pytest.raises(ValueError, match="public internet"):
        urls.check_public(urls.read(f"https://a.{last}/"))
