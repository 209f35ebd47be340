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
