"""People are told from machines."""

import pytest

from crier.domain.visitors import is_machine

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/131.0 Mobile Telegram-Android/11.5.3",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
    ],
)
def test_a_browser_is_a_person_even_on_a_cubot(agent: str) -> None:
    assert not is_machine("GET", agent)


@pytest.mark.parametrize(
    "agent",
    [
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "facebookexternalhit/1.1",
        "WhatsApp/2.23.20.0",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://x)",
        "Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0.0.0 (compatible; Google-InspectionTool/1.0)",
        "Mediapartners-Google",
        "ia_archiver",
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
    assert is_machine("GET", PHONE, " preview")


def test_a_thousand_characters_of_a_name_are_looked_at() -> None:
    assert is_machine("GET", "a" * 997 + "bot")
    assert not is_machine("GET", "a" * 998 + "bot")
