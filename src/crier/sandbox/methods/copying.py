"""copyMessage(s) and forwardMessage(s)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable

from crier.sandbox.arguments import to_integer
from crier.sandbox.bot import Message
from crier.sandbox.calls import Call, Chat, find_chat
from crier.sandbox.errors import bad
from crier.sandbox.keyboards import reply_markup
from crier.sandbox.methods.media import caption_fields
from crier.sandbox.methods.sending import common_fields
from crier.sandbox.methods.shown import MEDIA
from crier.sandbox.posting import Content, post
from crier.sandbox.wire import Json, encode

MAX_MESSAGES = 100
KINDS = ("text", *MEDIA)
_CONTENT = (
    *KINDS,
    "entities",
    "link_preview_options",
    "caption",
    "caption_entities",
    "show_caption_above_media",
    "has_media_spoiler",
)
_SERVICE = ("migrate_to_chat_id", "migrate_from_chat_id", "left_chat_member", "new_chat_members")


def copy_message(call: Call) -> bytes | Awaitable[bytes]:
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    chat = find_chat(call)
    source = _source(call, "message to copy not found")
    original: Json = json.loads(source.body)
    if source.protected or any(name in original for name in _SERVICE):
        raise bad("message can't be copied")
    fields = common_fields(call, chat) | _content(original)
    if "caption" in call.arguments and "text" not in original:
        for name in ("caption", "caption_entities"):
            fields.pop(name, None)
        fields |= caption_fields(
            call.arguments["caption"],
            call.arguments.get("parse_mode", ""),
            call.arguments.get("caption_entities", ""),
        )
    if markup:
        fields["reply_markup"] = markup
    return _only_id(post(call, chat, [_as_content(fields)]))


def forward_message(call: Call) -> bytes | Awaitable[bytes]:
    chat = find_chat(call)
    source = _source(call, "message to forward not found")
    if source.protected:
        raise bad("message has protected content and can't be forwarded")
    return post(call, chat, [_forwarded(call, chat, source)])


def copy_messages(call: Call) -> bytes | Awaitable[bytes]:
    return _many(call, forward=False)


def forward_messages(call: Call) -> bytes | Awaitable[bytes]:
    return _many(call, forward=True)


def _many(call: Call, *, forward: bool) -> bytes | Awaitable[bytes]:
    ids = message_ids(call)
    if any(a >= b for a, b in itertools.pairwise(ids)):
        raise bad("message identifiers must be in a strictly increasing order")
    chat = find_chat(call)
    origin = find_chat(call, "from_chat_id", to_write=False)
    found = [call.bot.messages.get(i) for i in ids if call.bot.chat_of(i) == origin.id]
    usable = [m for m in found if m is not None and not m.protected]
    if not usable:
        raise bad("there are no messages to forward")
    if forward:
        contents = [_forwarded(call, chat, message) for message in usable]
    else:
        shown = [_content(json.loads(message.body)) for message in usable]
        contents = [_as_content(common_fields(call, chat) | fields) for fields in shown]
    result = _only_id(post(call, chat, contents))
    if len(contents) > 1:
        return result
    return _in_array(result)


def message_ids(call: Call) -> list[int]:
    """The `message_ids` argument. Raises ApiError."""
    try:
        ids = json.loads(call.arguments.get("message_ids", ""))
    except (ValueError, RecursionError):
        raise bad("can't parse message identifiers JSON object") from None
    if not isinstance(ids, list) or not ids:
        raise bad("message identifiers are not specified")
    if len(ids) > MAX_MESSAGES:
        raise bad("too many message identifiers specified")
    if not all(isinstance(i, int) or (isinstance(i, str) and i.isdecimal()) for i in ids):
        raise bad("message identifiers must be of type Number")
    return [to_integer(str(i)) for i in ids]


def _source(call: Call, missing: str) -> Message:
    origin = find_chat(call, "from_chat_id", to_write=False)
    message_id = call.arguments.integer("message_id")
    if not message_id:
        raise bad("message identifier is not specified")
    message = call.bot.messages.get(message_id)
    if message is None or call.bot.chat_of(message_id) != origin.id:
        raise bad(missing)
    return message


def _content(original: Json) -> Json:
    return {name: original[name] for name in _CONTENT if name in original}


def _as_content(fields: Json) -> Content:
    kind = next((name for name in KINDS if name in fields), "text")
    text = fields.get("text") or fields.get("caption") or _file_of(fields, kind)
    return Content(kind, fields, text)


def _file_of(fields: Json, kind: str) -> str:
    shown = fields.get(kind)
    file = shown[-1] if isinstance(shown, list) else shown
    return f"{kind}:{file['file_unique_id']}" if isinstance(file, dict) else kind


def _forwarded(call: Call, chat: Chat, source: Message) -> Content:
    original: Json = json.loads(source.body)
    origin: Json = original.get("forward_origin") or _origin(original)
    fields = {"forward_origin": origin} | common_fields(call, chat) | _content(original)
    markup = original.get("reply_markup")
    if markup and all("url" in button for row in markup["inline_keyboard"] for button in row):
        fields["reply_markup"] = markup
    return _as_content(fields)


def _origin(original: Json) -> Json:
    if "sender_chat" in original:
        return {
            "type": "channel",
            "date": original["date"],
            "chat": original["sender_chat"],
            "message_id": original["message_id"],
        }
    return {"type": "user", "date": original["date"], "sender_user": original["from"]}


def _only_id(result: bytes | Awaitable[bytes]) -> bytes | Awaitable[bytes]:
    if isinstance(result, bytes):
        return _ids(result)

    async def later() -> bytes:
        return _ids(await result)

    return later()


def _ids(body: bytes) -> bytes:
    sent = json.loads(body)
    if isinstance(sent, list):
        return encode([{"message_id": message["message_id"]} for message in sent])
    return encode({"message_id": sent["message_id"]})


def _in_array(result: bytes | Awaitable[bytes]) -> bytes | Awaitable[bytes]:
    if isinstance(result, bytes):
        return b"[%b]" % result

    async def later() -> bytes:
        return b"[%b]" % await result

    return later()
