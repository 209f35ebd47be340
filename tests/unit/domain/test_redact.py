"""Tokens are recognised in any disguise in which logs and errors have shown them."""

import pytest

from crier.domain.redact import head, is_token, scrub

SECRET = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.mark.parametrize(
    "text",
    [
        f"123456789:{SECRET}",
        f"https://api.telegram.org/bot123456789:{SECRET}/sendMessage",
        f"GET /bot123456789%3A{SECRET}/getMe",
        f"/bot123456789%3a{SECRET}/getMe",
        f"/bot123456789%253A{SECRET}/getMe",
        f'{{"token": "123456789\\u003A{SECRET}"}}',
        f"https://api.telegram.org/file/bot1:{SECRET}/photos/1.jpg",
        f"two 1:{SECRET} and 2:{SECRET}",
    ],
)
def test_a_token_is_replaced_wherever_it_stands(text: str) -> None:
    assert SECRET not in scrub(text)
    assert "<token>" in scrub(text)


@pytest.mark.parametrize("text", ["12:30:45 started", "host:8080", "a:b", "", "1234567890:short"])
def test_other_text_stays(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (f"123456789:{SECRET}", True),
        (f"0123456789:{SECRET}", False),
        (f"-1:{SECRET}", False),
        ("123456789:short", False),
        (f"123456789:{SECRET}\n", False),
        (f"123456789:{SECRET}/x", False),
        (f"123456789:{SECRET * 3}", False),
        (f"١٢٣:{SECRET}", False),
    ],
)
def test_the_shape_of_a_token_is_checked_as_telegram_does(text: str, good: bool) -> None:
    assert is_token(text) is good


@pytest.mark.parametrize("length", [80, 81])
def test_a_token_has_80_characters_at_most(length: int) -> None:
    assert is_token(f"1:{'A' * (length - 2)}") is (length == 80)


@pytest.mark.parametrize(
    ("text", "shown"), [("", ""), ("abc", "abc"), ("abcd", "ab…"), ("abcd" * 1000, "ab…")]
)
def test_a_long_text_is_cut_and_says_so(text: str, shown: str) -> None:
    assert head(text, 3) == shown


def test_a_secret_is_cleaned_before_the_cut_and_none_is_shown_in_part() -> None:
    assert head(f"1:{'A' * 2001}", 3) == "<t…"  # as long as is looked at
    assert head(f"1:{'A' * 2002}", 3) == "…"
    assert head(f"see 1:{'A' * 40} and more", 12) == "see <token>…"


def test_no_more_is_looked_at_than_the_limit_asks_for() -> None:
    seen = []

    def clean(text: str) -> str:
        seen.append(len(text))
        return text

    assert head("x" * 50_000, 10, clean) == "x" * 9 + "…"
    assert seen == [2010]
