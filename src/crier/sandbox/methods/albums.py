"""sendMediaGroup: 1 to 10 items that share a `media_group_id`.

Checked in the server's order: items, chat, their number and mix, then captions; what the backend
refuses comes last and names the item (`errors.of_part`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable
from typing import NamedTuple

from crier.sandbox.arguments import Upload
from crier.sandbox.calls import Call, Chat, find_chat
from crier.sandbox.errors import ApiError, bad, of_part
from crier.sandbox.files import File
from crier.sandbox.methods.media import (
    caption_fields,
    content_of,
    file_source,
    load,
    space_uploads,
)
from crier.sandbox.methods.sending import common_fields
from crier.sandbox.posting import post
from crier.sandbox.wire import Json

MAX_ITEMS = 10
_TOO_LONG = "Bad Request: message caption is too long"


class _Item(NamedTuple):
    """One item; `late` is a refusal of its caption, which comes after other checks."""

    kind: str
    source: File | str | Upload
    fields: Json
    late: ApiError | None = None


def send_media_group(call: Call) -> bytes | Awaitable[bytes]:
    items = [_item(call, value) for value in _media(call)]
    chat = find_chat(call, is_album=True)
    if not items:
        raise bad("there are no messages to send")
    if len(items) > MAX_ITEMS:
        raise bad("too many messages to send as an album")
    kinds = {item.kind for item in items}
    if "document" in kinds and len(kinds) > 1:
        raise bad("document can't be mixed with other media types")
    if len({"show_caption_above_media" in item.fields for item in items}) > 1:
        raise bad("Parameter show_caption_above_media must be the same for all messages")
    if late := next((item.late for item in items if item.late), None):
        raise late
    return _load_and_post(call, chat, items)


async def _load_and_post(call: Call, chat: Chat, items: list[_Item]) -> bytes:
    await space_uploads(call)
    common = common_fields(call, chat)
    if len(items) > 1:
        common["media_group_id"] = str(secrets.randbits(53))
    contents = []
    for number, item in enumerate(items, 1):
        try:
            file = await load(call, item.kind, item.source)
        except ApiError as error:
            raise of_part(number, error) from None
        contents.append(content_of(call, item.kind, file, common | item.fields))
    result = post(call, chat, contents)
    body = result if isinstance(result, bytes) else await result
    return body if len(items) > 1 else b"[%b]" % body


def _media(call: Call) -> list[object]:
    text = call.arguments.get("media", "")
    if not text:
        raise bad('parameter "media" is required')
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise bad("can't parse media JSON object") from None
    if not isinstance(value, list):
        raise bad("expected an Array of InputMedia")
    return value


def _item(call: Call, value: object) -> _Item:
    try:
        return _parse_item(call, value)
    except ApiError as error:
        prefix, found, text = error.description.rpartition("Bad Request: ")
        inner = f"{text[:1].upper()}{text[1:]}" if found else text
        raise bad(f"can't parse InputMedia: {prefix}{inner}") from None


def _parse_item(call: Call, value: object) -> _Item:
    if not isinstance(value, dict):
        raise bad("expected an Object")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise ApiError(400, 'Can\'t find field "type"')
    if kind == "animation":
        raise ApiError(400, 'type "animation" can\'t be used in sendMediaGroup')
    if kind not in ("photo", "video", "document"):
        raise ApiError(400, f'type "{kind}" is unsupported')
    named = str(value.get("media") or "")
    if not named:
        raise ApiError(400, "media not found")
    entities, late, fields = value.get("caption_entities"), None, {}
    try:
        fields = caption_fields(
            str(value.get("caption") or ""),
            str(value.get("parse_mode") or ""),
            json.dumps(entities) if entities else "",
        )
    except ApiError as error:
        if error.description != _TOO_LONG:
            raise
        late = error
    source = file_source(call, kind, named, attach=True)
    if value.get("show_caption_above_media") is True:
        fields["show_caption_above_media"] = True
    if value.get("has_spoiler") is True:
        fields["has_media_spoiler"] = True
    return _Item(kind, source, fields, late)
