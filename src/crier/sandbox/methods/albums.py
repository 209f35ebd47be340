"""sendMediaGroup: 1 to 10 items that share a `media_group_id`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable

from crier.sandbox.arguments import Upload
from crier.sandbox.calls import Call, Chat, find_chat
from crier.sandbox.errors import ApiError, bad
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
_Item = tuple[str, "File | str | Upload", Json]


def send_media_group(call: Call) -> bytes | Awaitable[bytes]:
    items = [_item(call, value) for value in _media(call)]
    if not items:
        raise bad("there are no messages to send")
    if len(items) > MAX_ITEMS:
        raise bad("too many messages to send as an album")
    chat = find_chat(call)
    kinds = {kind for kind, _, _ in items}
    if "document" in kinds and len(kinds) > 1:
        raise bad("document can't be mixed with other media types")
    if len({"show_caption_above_media" in fields for _, _, fields in items}) > 1:
        raise bad("Parameter show_caption_above_media must be the same for all messages")
    return _load_and_post(call, chat, items)


async def _load_and_post(call: Call, chat: Chat, items: list[_Item]) -> bytes:
    await space_uploads(call)
    common = common_fields(call, chat)
    if len(items) > 1:
        common["media_group_id"] = str(secrets.randbits(53))
    contents = []
    for number, (kind, source, fields) in enumerate(items, 1):
        try:
            file = await load(call, kind, source)
        except ApiError as error:
            raise _item_failed(number, error) from None
        contents.append(content_of(call, kind, file, common | fields))
    result = post(call, chat, contents)
    body = result if isinstance(result, bytes) else await result
    return body if len(items) > 1 else b"[%b]" % body


def _item_failed(number: int, error: ApiError) -> ApiError:
    """Albums name the failing item and the backend's raw constant."""
    reason = error.description.removeprefix("Bad Request: ")
    raw = {
        "failed to get HTTP URL content": "WEBPAGE_CURL_FAILED",
        "wrong type of the web page content": "WEBPAGE_MEDIA_EMPTY",
    }.get(reason, reason)
    return bad(f'failed to send message #{number} with the error message "{raw}"')


def _media(call: Call) -> list[object]:
    text = call.arguments.get("media", "")
    if not text:
        raise bad("There are no messages to send")
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
        text = error.description.removeprefix("Bad Request: ")
        raise bad(f"can't parse InputMedia: {text[:1].upper()}{text[1:]}") from None


def _parse_item(call: Call, value: object) -> _Item:
    if not isinstance(value, dict):
        raise bad("expected an Object")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise ApiError(400, 'Can\'t find field "type"')
    if kind not in ("photo", "video", "document"):
        raise ApiError(400, f'type "{kind}" can\'t be used in sendMediaGroup')
    source = file_source(call, kind, str(value.get("media") or ""), attach=True)
    entities = value.get("caption_entities")
    fields = caption_fields(
        str(value.get("caption") or ""),
        str(value.get("parse_mode") or ""),
        json.dumps(entities) if entities else "",
    )
    if value.get("show_caption_above_media") is True:
        fields["show_caption_above_media"] = True
    if value.get("has_spoiler") is True:
        fields["has_media_spoiler"] = True
    return kind, source, fields
