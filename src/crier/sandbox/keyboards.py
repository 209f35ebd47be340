"""The `reply_markup` argument: checked with Telegram's words, echoed where Telegram echoes it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from crier.sandbox.entities.links import checked_link
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.wire import Json

MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
MAX_IN_ROW = 8
CUT_ROW = 12  # the server's library drops what is beyond
CUT_ALL = 300
STYLES = ("danger", "success", "primary")
_CHOICES = (
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
)


class Markup(NamedTuple):
    """A checked markup: the inline keyboard to echo, or that it is one of another kind."""

    inline: Json | None
    is_other: bool = False


def reply_markup(argument: str) -> Json | None:
    """Return the inline keyboard to echo; None for none and for other keyboards.

    Raises:
        ApiError: Telegram refuses it.
    """
    return _checked(argument).inline if argument else None


def is_other(argument: str) -> bool:
    """Return whether the markup is a keyboard that is not inline: its message cannot be edited."""
    return bool(argument) and _checked(argument).is_other


def check_for_channel(argument: str) -> None:
    """Check that the markup is one for channels.

    Raises:
        ApiError: a channel cannot have it.
    """
    if is_other(argument):
        raise bad("inline keyboard expected")


def _checked(argument: str) -> Markup:
    result = _read(argument)
    if isinstance(result, ApiError):
        raise ApiError(result.code, result.description)
    return result


@lru_cache(maxsize=4096)
def _read(argument: str) -> Markup | ApiError:
    try:
        try:
            value = json.loads(argument)
        except (ValueError, RecursionError):
            raise bad("Can't parse reply keyboard markup JSON object") from None
        return _markup(value)
    except ApiError as error:
        return error


def _markup(value: object) -> Markup:
    if not isinstance(value, dict):
        raise bad("Object expected as reply markup")
    keyboard = _rows(value, "keyboard", 'Field "keyboard" must be an Array of Arrays')
    for button in (button for row in keyboard for button in row):
        _check_reply_button(button)
    text = 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    rows = [[_button(button) for button in row] for row in _rows(value, "inline_keyboard", text)]
    if any(keyboard):
        return Markup(None, is_other=True)
    if rows:
        return Markup(_inline(rows))
    others = ("hide_keyboard", "remove_keyboard", "force_reply", "force_reply_keyboard")
    return Markup(None, any(value.get(name) is True for name in others))


def _inline(rows: list[list[Json]]) -> Json | None:
    """Return the keyboard as it is kept: without empty buttons, cut, and then measured."""
    kept, left = [], CUT_ALL
    for row in rows:
        buttons = [b for b in row if b["text"].strip() or "icon_custom_emoji_id" in b]
        buttons = buttons[: min(CUT_ROW, left)]
        left -= len(buttons)
        if buttons:
            kept.append(buttons)
    if not kept:
        return None
    if sum(map(len, kept)) > MAX_BUTTONS or max(map(len, kept)) > MAX_IN_ROW:
        raise bad("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": kept}


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
    _extras(button, "keyboard button")


def _text(button: Json, name: str, what: str) -> str:
    value = button.get(name)
    if name not in button:
        raise bad(f"Can't parse {what}: Can't find field \"{name}\"")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise bad(f'Can\'t parse {what}: Field "{name}" must be of type String')
    return str(value)


def _button(button: object) -> Json:
    if not isinstance(button, dict):
        raise bad("Can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    what = "inline keyboard button"
    echoed: Json = {"text": _text(button, "text", what)}
    extras = _extras(button, what)
    url = _text(button, "url", what) if "url" in button else ""
    data = _text(button, "callback_data", what) if "callback_data" in button and not url else ""
    if url:
        echoed["url"] = _url(url)
    elif data:
        echoed["callback_data"] = data
        if len(data.encode("utf-8", "surrogatepass")) > MAX_CALLBACK_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    else:
        echoed |= _other(button)
    return echoed | extras


def _extras(button: Json, what: str) -> Json:
    """Return icon and style of a button of either keyboard.

    Raises:
        ApiError: Telegram refuses it.
    """
    extras: Json = {}
    style = _text(button, "style", what) if "style" in button else ""
    if style and style.lower() not in STYLES:
        raise bad(f"Can't parse {what}: invalid button style specified")
    if style:
        extras["style"] = style.lower()
    icon = button.get("icon_custom_emoji_id")
    if icon:
        extras["icon_custom_emoji_id"] = str(icon)
    return extras


def _url(url: str) -> str:
    try:
        return checked_link(url)
    except ValueError as error:
        raise bad(f"Inline keyboard button URL '{url}' is invalid: {error}") from None


def _other(button: Json) -> Json:
    for name in ("callback_game", "pay", "disabled", *_CHOICES):
        if name in button:
            return {name: button[name]}
    for name, field in (("login_url", "url"), ("web_app", "url"), ("copy_text", "text")):
        if name in button:
            return _nested(name, field, button[name])
    raise bad(
        "Can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
    )


def _nested(name: str, field: str, inner: object) -> Json:
    if not isinstance(inner, dict):
        raise bad(f'Can\'t parse inline keyboard button: Field "{name}" must be of type Object')
    text = _text(inner, field, "inline keyboard button")
    if name == "copy_text":
        if not 1 <= len(text) <= 256:
            raise bad("BUTTON_COPY_TEXT_INVALID")
        return {name: {"text": text}}
    shown = "login" if name == "login_url" else "Web App"
    if not text.lower().startswith("https://"):
        where = f"Inline keyboard button {shown} URL '{text}' is invalid"
        raise bad(f"{where}: Only HTTPS links are allowed")
    return {"url": text} if name == "login_url" else {name: {"url": text}}
