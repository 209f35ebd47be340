"""copyMessage(s) and forwardMessage(s)."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Awaitable

from crier.sandbox.bot import Message
from crier.sandbox.calls import Call, Chat, find_chat, required
from crier.sandbox.errors import bad
from crier.sandbox.methods.chats.pins import SERVICE
from crier.sandbox.methods.media import check_caption, media_fields
from crier.sandbox.methods.sending import check_reply, common_fields, opening
from crier.sandbox.methods.shown import MEDIA
from crier.sandbox.posting import Content, post
from crier.sandbox.wire import Json, encode

MAX_MESSAGES = 100
KINDS = (
    *("text", *MEDIA, "location", "venue", "contact", "dice", "poll", "game"),
    *("invoice", "paid_media"),
)
CONTENT = (
    *KINDS,
    "entities",
    "link_preview_options",
    "caption",
    "caption_entities",
    "show_caption_above_media",
    "has_media_spoiler",
)
_NOT_COPIED = (*SERVICE, "invoice", "paid_media", "giveaway", "giveaway_winners")


def copy_message(call: Call) -> bytes | Awaitable[bytes]:
    required(call, "from_chat_id")
    if "caption" in call.arguments:
        check_caption(call.arguments)
    source = _source(call, "message to copy not found")
    chat, options = opening(call)
    original: Json = json.loads(source.body)
    if not _is_copyable(original):
        raise bad("the message can't be copied")
    fields = _content(original) | options
    if "caption" in call.arguments and "text" not in original:
        for name in ("caption", "caption_entities", "show_caption_above_media"):
            fields.pop(name, None)
        fields |= media_fields(call.arguments, "photo")
    return _only_id(post(call, chat, [_as_content(fields)]))


def forward_message(call: Call) -> bytes | Awaitable[bytes]:
    required(call, "from_chat_id")
    source = _source(call, "message to forward not found")
    check_reply(call)
    chat = find_chat(call)
    if source.protected:
        raise bad("message has protected content and can't be forwarded")
    if _is_service(json.loads(source.body)):
        raise bad("the message can't be forwarded")
    return post(call, chat, [_forwarded(call, chat, source)])


def copy_messages(call: Call) -> bytes | Awaitable[bytes]:
    return _many(call, forward=False)


def forward_messages(call: Call) -> bytes | Awaitable[bytes]:
    return _many(call, forward=True)


def _many(call: Call, *, forward: bool) -> bytes | Awaitable[bytes]:
    required(call, "from_chat_id")
    ids = message_ids(call)
    if any(a >= b for a, b in itertools.pairwise(ids)):
        raise bad("message identifiers must be in a strictly increasing order")
    chat = find_chat(call)
    origin = find_chat(call, "from_chat_id", to_write=False)
    found = [call.bot.messages.get(i) for i in ids if call.bot.chat_of(i) == origin.id]
    known = [(m, json.loads(m.body)) for m in found if m is not None]
    if not known:
        raise bad("there are no messages to forward")
    if forward:
        usable = [(m, shown) for m, shown in known if not m.protected and not _is_service(shown)]
    else:
        usable = [(m, shown) for m, shown in known if _is_copyable(shown)]
    if not usable:
        raise bad("messages can't be forwarded")
    albums = {shown.get("media_group_id"): str(secrets.randbits(53)) for _, shown in usable}
    contents = []
    for message, shown in usable:
        content = (
            _forwarded(call, chat, message)
            if forward
            else _as_content(common_fields(call, chat) | _content(shown))
        )
        if "media_group_id" in shown:
            content.fields["media_group_id"] = albums[shown["media_group_id"]]
        if call.arguments.flag("remove_caption"):
            content.fields.pop("caption", None)
            content.fields.pop("caption_entities", None)
        contents.append(content)
    result = _only_id(post(call, chat, contents))
    return result if len(contents) > 1 else _in_array(result)


def _is_service(original: Json) -> bool:
    return any(name in original for name in SERVICE)


def _is_copyable(original: Json) -> bool:
    """Not service messages, what is paid, and quizzes whose right answer the bot does not know."""
    quiz = original.get("poll", {})
    unknown = quiz.get("type") == "quiz" and not quiz.get("correct_option_ids")
    return not unknown and not any(name in original for name in _NOT_COPIED)


def message_ids(call: Call) -> list[int]:
    """Return the `message_ids` argument.

    Raises:
        ApiError: Telegram refuses it.
    """
    text = call.arguments.get("message_ids", "")
    if not text:
        raise bad("message identifiers are not specified")
    try:
        ids = json.loads(text)
    except (ValueError, RecursionError):
        raise bad("can't parse message_ids JSON object") from None
    if not isinstance(ids, list):
        raise bad("expected an Array of message identifiers")
    if len(ids) > MAX_MESSAGES:
        raise bad("too many message identifiers specified")
    if not ids:
        raise bad("message identifiers are not specified")
    return [_message_id(value) for value in ids]


def _message_id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise bad("message identifier must be a Number")
    text = str(value) if isinstance(value, str) or abs(value) < 2**31 else ""
    if not text.removeprefix("-").isdecimal() or len(text) > 11 or abs(int(text)) >= 2**31:
        raise bad("can't parse message identifier as a Number")
    if int(text) <= 0:
        raise bad("invalid message identifier specified")
    return int(text)


def _source(call: Call, missing: str) -> Message:
    origin = find_chat(call, "from_chat_id", to_write=False)
    message_id = call.arguments.integer("message_id")
    message = call.bot.messages.get(message_id)
    if message is None or call.bot.chat_of(message_id) != origin.id:
        raise bad(missing)
    return message


def _content(original: Json) -> Json:
    return {name: original[name] for name in CONTENT if name in original}


def _as_content(fields: Json) -> Content:
    kind = next((name for name in KINDS if name in fields), "text")
    text = fields.get("text") or fields.get("caption") or _file_of(fields, kind)
    return Content(kind, fields, text)


def _file_of(fields: Json, kind: str) -> str:
    shown = fields.get(kind)
    file = shown[-1] if isinstance(shown, list) else shown
    unique = file.get("file_unique_id") if isinstance(file, dict) else None
    return f"{kind}:{unique}" if unique else kind


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
