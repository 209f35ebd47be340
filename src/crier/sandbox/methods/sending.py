"""sendMessage, and the options that every sending method has.

All check in the server's order: what is particular to the method, `reply_parameters`,
`reply_markup`, the chat, the message replied to; then what TDLib checks: files, lengths.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable

from crier.sandbox.arguments import to_integer
from crier.sandbox.calls import Call, Chat, find_chat, json_argument
from crier.sandbox.entities import FormattedText, read
from crier.sandbox.entities.links import integer_of
from crier.sandbox.errors import bad
from crier.sandbox.keyboards import check_for_channel, reply_markup
from crier.sandbox.methods.chats.topics import check_thread
from crier.sandbox.posting import Content, post
from crier.sandbox.wire import Json

_LINKS = ("url", "text_link")
_OPTIONS = frozenset(
    (
        *("message_thread_id", "reply_parameters", "reply_to_message_id"),
        *("protect_content", "message_effect_id"),
    )
)


def send_message(call: Call) -> bytes | Awaitable[bytes]:
    arguments = call.arguments
    text = arguments.get("text", "")
    options = preview_options(call)
    if not text:
        raise bad("Message text is empty")
    draft = read(text, arguments.get("parse_mode", ""), arguments.get("entities", ""))
    chat, fields = opening(call)
    shown = draft.finished()
    fields["text"] = shown.text
    if shown.entities:
        fields["entities"] = shown.entities
    if options or shown.entities:
        fields |= link_preview(options, shown)
    return post(call, chat, [Content("text", fields, shown.text)])


def opening(call: Call) -> tuple[Chat, Json]:
    """Return the chat, and the fields that a message has by what all sending methods take.

    Raises:
        ApiError: Telegram refuses it.
    """
    check_reply(call)
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    chat = find_chat(call)
    fields = common_fields(call, chat)
    if markup:
        fields["reply_markup"] = markup
    return chat, fields


def check_reply(call: Call) -> None:
    """Check that `reply_parameters` can be read.

    Raises:
        ApiError: Telegram refuses it.
    """
    if call.arguments.get("reply_parameters"):
        _reply_options(call)


def common_fields(call: Call, chat: Chat) -> Json:
    """Return the fields that a message has by the options of its call.

    Raises:
        ApiError: Telegram refuses it.
    """
    arguments = call.arguments
    fields: Json = {}
    if chat.group is not None and chat.group.type == "channel" and "reply_markup" in arguments:
        check_for_channel(arguments["reply_markup"])
    if _OPTIONS.isdisjoint(arguments):
        return fields
    if "message_thread_id" in arguments:
        fields |= check_thread(call, chat)
    reply = _reply_to(call, chat)
    if reply:
        fields["reply_to_message"] = reply
    if arguments.flag("protect_content"):
        fields["has_protected_content"] = True
    effect = to_integer(arguments.get("message_effect_id", ""))
    if effect:
        if chat.group is not None:
            raise bad("Can't use message effects in the chat")
        fields["effect_id"] = str(effect)
    return fields


def preview_options(call: Call) -> Json:
    """Return the `link_preview_options` of a call.

    Raises:
        ApiError: Telegram refuses it.
    """
    if call.arguments.get("link_preview_options"):
        return json_argument(call, "link_preview_options", "link preview options")
    return {"is_disabled": True} if call.arguments.flag("disable_web_page_preview") else {}


def link_preview(options: Json, shown: FormattedText) -> Json:
    """Return what the answer says of the preview: the page that was found, and how it is shown.

    The size of its picture counts with an explicit address only.
    """
    if options.get("is_disabled") is True:
        return {"link_preview_options": {"is_disabled": True}}
    url = str(options.get("url") or "")
    sizes = ("prefer_small_media", "prefer_large_media") if url else ()
    url = url or next((_address(shown.text, e) for e in shown.entities if e["type"] in _LINKS), "")
    if not url:
        return {}
    preview: Json = {"url": url}
    for name in (*sizes, "show_above_text"):
        if options.get(name) is True:
            preview[name] = True
    return {"link_preview_options": preview}


def _address(text: str, entity: Json) -> str:
    if entity["type"] == "text_link":
        return str(entity["url"])
    raw = text.encode("utf-16-le", "surrogatepass")
    start = 2 * entity["offset"]
    part = raw[start : start + 2 * entity["length"]].decode("utf-16-le", "replace")
    return part if "://" in part else f"http://{part}"


def _reply_options(call: Call) -> tuple[int, bool]:
    """Return the message to be replied, 0 for none, and whether it may be missing.

    Raises:
        ApiError: Telegram refuses it.
    """
    options = json_argument(call, "reply_parameters", "reply parameters")
    lenient = options.get("allow_sending_without_reply", False)
    quote, mode = options.get("quote", ""), options.get("quote_parse_mode", "")
    if not isinstance(lenient, bool):
        raise bad('Field "allow_sending_without_reply" must be of type Boolean')
    if not isinstance(quote, str) or not isinstance(mode, str):
        name = "quote_parse_mode" if isinstance(quote, str) else "quote"
        raise bad(f'Field "{name}" must be of type String')
    message_id = options.get("message_id", 0)
    if isinstance(message_id, bool) or not isinstance(message_id, int | str):
        raise bad('Field "message_id" must be a Number')
    number = integer_of(str(message_id))
    if number is None or not -(2**31) <= number < 2**31:
        raise bad('Field "message_id" must be a valid Number')
    read(quote, mode, json.dumps(options.get("quote_entities", [])))
    return number, lenient


def _reply_to(call: Call, chat: Chat) -> Json | None:
    arguments = call.arguments
    if "reply_parameters" in arguments:
        message_id, lenient = _reply_options(call)
    else:
        message_id = arguments.integer("reply_to_message_id")
        lenient = arguments.flag("allow_sending_without_reply")
    if not message_id:
        return None
    if call.bot.chat_of(message_id) != chat.id:
        if lenient:
            return None
        raise bad("message to be replied not found")
    message = call.bot.messages.get(message_id)
    if message is None:
        return {"message_id": message_id, "date": 0, "chat": call.world.chat_json(chat.id)}
    replied: Json = json.loads(message.body)
    replied.pop("reply_to_message", None)
    return replied
