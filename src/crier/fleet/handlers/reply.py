"""Makes the Bot API call of a reply: personal fields filled in and escaped, media, buttons."""

import html
import re
from typing import Any, Final
from urllib.parse import urlsplit

from crier.domain import urls
from crier.domain.fields import FIELD, FIELD_MAX_CHARS
from crier.domain.links import replace_links, with_ascii_host
from crier.domain.replies import Reply, ReplyButton
from crier.fleet.handlers.event import Call, Event

_MARKDOWN: Final = re.compile(r"([_*\[\]()~`>#+\-=|{}.!\\])")
_KINDS: Final = {
    ".mp4": "video", ".mov": "video", ".m4v": "video", ".gif": "animation",
    ".jpg": "photo", ".jpeg": "photo", ".png": "photo", ".webp": "photo", ".bmp": "photo",
    ".mp3": "audio", ".m4a": "audio", ".ogg": "voice", ".oga": "voice",
    ".pdf": "document", ".zip": "document",
}  # fmt: skip


def call(reply: Reply, event: Event) -> Call:
    """The call that sends `reply` to whoever caused `event`."""
    text = replace_links(reply.text, reply.parse_mode, with_ascii_host)
    text = FIELD.sub(lambda field: _field(field[1], event, reply.parse_mode), text)
    params: dict[str, Any] = {"chat_id": event.chat_id}
    if reply.parse_mode is not None:
        params["parse_mode"] = reply.parse_mode
    if reply.buttons:
        rows = [[_button(button) for button in row] for row in reply.buttons]
        params["reply_markup"] = {"inline_keyboard": rows}
    if reply.media_url is None:
        params["text"] = text
        return Call("sendMessage", params, event.chat_id, "text", text)
    kind = media_kind(reply.media_url)
    params[kind] = urls.with_ascii_host(reply.media_url)
    if text:
        params["caption"] = text
    return Call(f"send{kind.capitalize()}", params, event.chat_id, kind, text or None)


def media_kind(url: str) -> str:
    """What Telegram is to send a URL as, told by its ending; a photo where that says nothing."""
    path = urlsplit(url).path.lower()
    dot = path.rfind(".")
    return _KINDS.get(path[dot:], "photo") if dot > path.rfind("/") else "photo"


def _field(name: str, event: Event, parse_mode: str | None) -> str:
    value = (event.first_name if name == "first_name" else event.username) or ""
    value = value[: FIELD_MAX_CHARS[name]]
    if parse_mode == "HTML":
        return html.escape(value)
    return _MARKDOWN.sub(r"\\\1", value) if parse_mode == "MarkdownV2" else value


def _button(button: ReplyButton) -> dict[str, str]:
    if button.url is not None:
        return {"text": button.text, "url": urls.with_ascii_host(button.url)}
    return {"text": button.text, "callback_data": button.callback_data or button.text}
