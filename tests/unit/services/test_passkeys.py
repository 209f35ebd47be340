"""Where passkeys work, by the settings."""

import pytest

from crier.services.errors import ConflictError
from crier.services.people.passkeys import Site, site_of
from crier.settings import Settings


def settings(url: str | None, bind: str = "127.0.0.1:8080") -> Settings:
    given = {} if url is None else {"CRIER_PUBLIC_URL": url}
    return Settings.from_environment({"CRIER_HTTP_BIND": bind, **given})


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        (None, "localhost", "http://localhost:8080"),
        ("http://127.0.0.1:9000", "localhost", "http://localhost:9000"),
        ("https://Crier.Example", "crier.example", "https://crier.example"),
        ("https://crier.example:443", "crier.example", "https://crier.example"),
        ("https://crier.example:8443", "crier.example", "https://crier.example:8443"),
        ("https://bücher.example", "xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_they_are_bound_to_the_name_and_the_origin_that_browsers_see(
    url: str | None, host: str, origin: str
) -> None:
    assert site_of(settings(url)) == Site(host, origin)


@pytest.mark.parametrize(
    ("url", "bind", "words"),
    [
        ("http://crier.example", "127.0.0.1:8080", "https"),
        ("https://192.0.2.7", "127.0.0.1:8080", "a host name"),
        ("https://[2001:db8::1]", "127.0.0.1:8080", "a host name"),
        (None, "192.0.2.7:8080", "set CRIER_PUBLIC_URL to an https address"),
    ],
)
def test_where_browsers_use_none_the_reason_is_said(url: str | None, bind: str, words: str) -> None:
    with pytest.raises(ConflictError, match=words):
        site_of(settings(url, bind))
