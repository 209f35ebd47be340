"""Numbers of thousands of digits, which int() refuses and no other part expects, are read as the
text that they are, refused in our own words, or cut as Telegram cuts them."""

import pytest

from crier.domain import markup
from crier.errors import SettingsError
from crier.sandbox import arguments, entities
from crier.sandbox.control import Order
from crier.sandbox.entities import FormattedText, formatted
from crier.sandbox.errors import ApiError
from crier.sandbox.keyboards import reply_markup
from crier.settings import Settings

DIGITS = "1" * 5000


@pytest.mark.parametrize("text", [f"&#{'1' * 4000};", f"&#x{'f' * 4000};", f"&#{'0' * 4000}65;"])
def test_a_reference_that_is_too_long_is_the_text_that_it_is(text: str) -> None:
    assert markup.check(text, "HTML") == text
    assert formatted(text, "HTML", "").text == text


@pytest.mark.parametrize("digits", [DIGITS, "0" * 5000, f"-{DIGITS}"])
def test_a_long_reference_or_emoji_in_a_tag_is_refused_in_telegrams_words(digits: str) -> None:
    text = f'<tg-emoji emoji-id="{digits}">x</tg-emoji>'
    with pytest.raises(markup.MarkupError, match="Invalid custom emoji identifier"):
        markup.check(text, "HTML")
    with pytest.raises(ApiError, match="Invalid custom emoji identifier"):
        formatted(text, "HTML", "")
    link = f'<a href="https://x.org/&#{digits};">x</a>'
    assert markup.check(link, "HTML") == "x"
    assert formatted(link, "HTML", "").text == "x"


@pytest.mark.parametrize("port", [DIGITS, "65536", "١٢"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    assert formatted(f'<a href="https://x.org:{port}/">x</a>', "HTML", "").entities == []
    with pytest.raises(ApiError, match="Wrong port number"):
        reply_markup(f'{{"inline_keyboard":[[{{"text":"x","url":"https://x.org:{port}/"}}]]}}')


def test_entities_that_python_cannot_hold_are_read_as_any_others() -> None:
    assert formatted("x", "", "[" * 100_000) == FormattedText("x", [])
    with pytest.raises(ApiError, match="expected an Object"):
        formatted("x", "", f"[{DIGITS}]")


@pytest.mark.parametrize("bad", [f"[{DIGITS}]", "[" * 100_000])
def test_json_that_python_cannot_hold_is_unreadable_as_any_other(bad: str) -> None:
    body = f'{{"chat_id":1,"text":"x","y":{bad}}}'.encode()
    assert arguments.read(b"", b"application/json", body) == {"chat_id": "1", "text": "x"}
    with pytest.raises(ApiError, match="can't parse"):
        reply_markup(bad)


@pytest.mark.parametrize("user_id", [DIGITS, "abc", "", "-"])
def test_a_mention_of_nobody_is_no_fault_of_ours(user_id: str) -> None:
    given = f'[{{"type":"text_mention","offset":0,"length":1,"user":{{"id":"{user_id}"}}}}]'
    with pytest.raises(ApiError, match='Field "id" must be a valid Number'):
        entities.formatted("x", "", given)


def test_integers_of_calls_and_of_the_control_api_stop_at_64_bits() -> None:
    read = arguments.read(f"chat_id={DIGITS}".encode(), b"", b"")
    assert read.integer("chat_id", low=-5, high=5) == 5
    order = Order(None, b"", {"limit": DIGITS}, {})  # type: ignore[arg-type]
    assert order.integer("limit", 1) == int("1" * 19)


@pytest.mark.parametrize(
    ("name", "value"),
    [("CRIER_WORKERS", DIGITS), ("CRIER_HTTP_BIND", f"::1:{DIGITS}"), ("CRIER_SEND_RATE", DIGITS)],
)
def test_settings_are_refused_in_our_words(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({name: value})
    assert "write" in str(refused.value)
    assert "Exceeds" not in str(refused.value)
