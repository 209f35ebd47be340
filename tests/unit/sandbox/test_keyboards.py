"""Keyboards are checked with Telegram's words."""

import json

import pytest

from crier.sandbox.errors import ApiError
from crier.sandbox.keyboards import is_other, reply_markup


def refusal(markup: object) -> str:
    argument = markup if isinstance(markup, str) else json.dumps(markup)
    with pytest.raises(ApiError) as caught:
        reply_markup(argument)
    return caught.value.description.removeprefix("Bad Request: ")


def button(**fields: object) -> dict[str, object]:
    return {"inline_keyboard": [[{"text": "a", **fields}]]}


def test_an_inline_keyboard_is_echoed_with_its_url_made_whole() -> None:
    markup = reply_markup(json.dumps(button(url="example.com", callback_data="unused")))
    assert markup == {"inline_keyboard": [[{"text": "a", "url": "http://example.com/"}]]}


@pytest.mark.parametrize("markup", ["", '{"remove_keyboard": true}', '{"keyboard": [["a"]]}'])
def test_other_keyboards_are_accepted_and_not_echoed(markup: str) -> None:
    assert reply_markup(markup) is None


def test_callback_data_is_at_most_64_bytes() -> None:
    assert reply_markup(json.dumps(button(callback_data="é" * 32))) is not None
    assert refusal(button(callback_data="é" * 32 + "a")) == "BUTTON_DATA_INVALID"


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ("null", "object expected as reply markup"),
        ("[]", "object expected as reply markup"),
        (
            button(),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"inline_keyboard": [[{"url": "https://e.com"}]]},
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            {"inline_keyboard": [{}]},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        (
            button(url="localhost/x"),
            "inline keyboard button URL 'localhost/x' is invalid: Wrong HTTP URL",
        ),
        (
            button(url="ftp://e.com"),
            "inline keyboard button URL 'ftp://e.com' is invalid: Unsupported URL protocol",
        ),
        (
            button(url="https://"),
            "inline keyboard button URL 'https://' is invalid: URL host is empty",
        ),
        (
            {"inline_keyboard": [[{"text": "a", "callback_data": "b"}] * 8] * 13},
            "reply markup is too long",
        ),
        (
            {"inline_keyboard": [[{"text": "a", "callback_data": "b"}] * 9]},
            "reply markup is too long",
        ),
        (
            button(url=None),
            'can\'t parse inline keyboard button: Field "url" must be of type String',
        ),
        (
            button(callback_data="a", style="pink"),
            "can't parse inline keyboard button: invalid button style specified",
        ),
        (
            {"keyboard": [[{"text": "a", "style": "pink"}]]},
            "can't parse keyboard button: invalid button style specified",
        ),
        (
            button(login_url={"url": "http://e.com/"}),
            "inline keyboard button login URL 'http://e.com/' is invalid: "
            "Only HTTPS links are allowed",
        ),
    ],
)
def test_wrong_keyboards_are_refused(markup: object, reason: str) -> None:
    assert refusal(markup) == reason


def test_empty_buttons_are_dropped_and_styles_read_in_any_case() -> None:
    row = [
        {"text": " ", "callback_data": "gone"},
        {"text": " ", "callback_data": "kept", "icon_custom_emoji_id": "5"},
        {"text": "b", "callback_data": 7, "style": "DANGER"},
    ]
    shown = reply_markup(json.dumps({"inline_keyboard": [row, row[:1]]}))
    assert shown == {
        "inline_keyboard": [
            [
                {"text": " ", "callback_data": "kept", "icon_custom_emoji_id": "5"},
                {"text": "b", "callback_data": "7", "style": "danger"},
            ]
        ]
    }
    assert reply_markup(json.dumps({"inline_keyboard": [row[:1]]})) is None


@pytest.mark.parametrize(
    ("markup", "other"),
    [
        ({"keyboard": [["a"]]}, True),
        ({"remove_keyboard": True}, True),
        ({"force_reply": True}, True),
        ({"inline_keyboard": []}, False),
        ({"remove_keyboard": False}, False),
    ],
)
def test_keyboards_that_are_not_inline_are_known(markup: object, other: bool) -> None:
    assert is_other(json.dumps(markup)) is other
