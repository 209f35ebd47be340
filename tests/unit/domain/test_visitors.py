"""People are told from machines."""

import pytest

from crier.domain.visitors import is_machine

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)


def test_a_phone_is_a_person_even_a_cubot() -> None:
    assert not is_machine("GET", PHONE)


@pytest.mark.parametrize(
    "agent",
    [
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "facebookexternalhit/1.1",
        "WhatsApp/2.23.20.0",
        "curl/8.5.0",
        "python-requests/2.32",
        "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0.0.0",
        "",
        " ",
    ],
)
def test_previews_crawlers_and_scripts_are_machines(agent: str) -> None:
    assert is_machine("GET", agent)


def test_looking_ahead_is_no_tap() -> None:
    assert is_machine("HEAD", PHONE)
    assert is_machine("GET", PHONE, "prefetch;prerender")
