"""The `reply_markup` argument: checked with Telegram's words, echoed where Telegram echoes it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from crier.sandbox.entities.links import checked_link
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.wire import Json

MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
_CHOICES = (
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
)


def reply_markup(argument: str) -> Json | None:
    """The inline keyboard to echo; None for none and for other keyboards. Raises ApiError."""
    if not argument:
        return None
    result = _read(argument)
    if isinstance(result, ApiError):
        raise ApiError(result.code, result.description)
    return result


@lru_cache(maxsize=4096)
def _read(argument: str) -> Json | ApiError | None:
    try:
        try:
            value = json.loads(argument)
        except (ValueError, RecursionError):
            raise bad("Can't parse reply keyboard markup JSON object") from None
        return _markup(value)
    except ApiError as error:
        return error


def _markup(value: object) -> Json | None:
    if not isinstance(value, dict):
        raise bad("Object expected as reply markup")
    keyboard = _rows(value, "keyboard", 'Field "keyboard" must be an Array of Arrays')
    for button in (button for row in keyboard for button in row):
        _check_reply_button(button)
    text = 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    rows = [[_button(button) for button in row] for row in _rows(value, "inline_keyboard", text)]
    rows = [row for row in rows if row]
    if keyboard or not rows:
        return None
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": rows}


def _rows(value: Json, name: str, error: str) -> list[list[Any]]:
    rows = value.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise bad(f'Field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad(error)
    return rows


def _check_reply_button(button: object) -> None:
    if isinstance(button, str):
        return
    if not isinstance(button, dict):
        raise bad("Can't parse keyboard button: KeyboardButton must be a String or an Object")
    _text(button, "text", "keyboard button")


def _text(button: Json, name: str, what: str) -> str:
    value = button.get(name)
    if value is None:
        raise bad(f"Can't parse {what}: Can't find field \"{name}\"")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise bad(f'Can\'t parse {what}: Field "{name}" must be of type String')
    return str(value)


def _button(button: object) -> Json:
    if not isinstance(button, dict):
        raise bad("Can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    what = "inline keyboard button"
    echoed: Json = {"text": _text(button, "text", what)}
    if not echoed["text"].strip():
        raise bad("Inline keyboard button text must be non-empty")
    if button.get("url"):
        echoed["url"] = _url(_text(button, "url", what))
    elif button.get("callback_data"):
        echoed["callback_data"] = data = _text(button, "callback_data", what)
        if len(data.encode("utf-8", "surrogatepass")) > MAX_CALLBACK_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    else:
        echoed |= _other(button)
    for name in ("style", "icon_custom_emoji_id"):
        if button.get(name):
            echoed[name] = button[name]
    return echoed


def _url(url: str) -> str:
    try:
        return checked_link(url)
    except ValueError as error:
        raise bad(f"Inline keyboard button URL '{url}' is invalid: {error}") from None


def _other(button: Json) -> Json:
    for name in ("callback_game", "pay", *_CHOICES):
        if name in button:
            return {name: button[name]}
    for name, field in (("login_url", "url"), ("web_app", "url"), ("copy_text", "text")):
        inner = button.get(name)
        if inner is None:
            continue
        if not isinstance(inner, dict):
            raise bad(f'Can\'t parse inline keyboard button: Field "{name}" must be of type Object')
        text = _text(inner, field, "inline keyboard button")
        if name == "copy_text" and not 1 <= len(text) <= 256:
            raise bad("BUTTON_COPY_TEXT_INVALID")
        if name == "web_app" and not text.startswith("https://"):
            raise bad(
                f"Inline keyboard button Web App URL '{text}' is invalid: "
                "Only HTTPS links are allowed"
            )
        return {"url": text} if name == "login_url" else {name: inner}
    raise bad(
        "Can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
    )
