"""sendMessage, and the options that every sending method has."""

from __future__ import annotations

import json
from collections.abc import Awaitable

from crier.sandbox.arguments import to_integer
from crier.sandbox.calls import Call, Chat, find_chat
from crier.sandbox.entities import formatted as format_text
from crier.sandbox.entities import parse
from crier.sandbox.errors import bad
from crier.sandbox.keyboards import reply_markup
from crier.sandbox.posting import Content, post
from crier.sandbox.wire import Json


def send_message(call: Call) -> bytes | Awaitable[bytes]:
    arguments = call.arguments
    text = arguments.get("text", "")
    preview = _link_preview(call)
    if not text:
        raise bad("Message text is empty")
    markup = reply_markup(arguments.get("reply_markup", ""))
    mode, entities = arguments.get("parse_mode", ""), arguments.get("entities", "")
    try:
        shown = format_text(text, mode, entities)
    except Exception:
        parse(text, mode, entities)  # markup is refused before the chat is looked up,
        find_chat(call)  # emptiness and length after it
        raise
    chat = find_chat(call)
    fields = common_fields(call, chat)
    fields["text"] = shown.text
    if shown.entities:
        fields["entities"] = shown.entities
    if preview:
        fields["link_preview_options"] = preview
    if markup:
        fields["reply_markup"] = markup
    return post(call, chat, [Content("text", fields, shown.text)])


def common_fields(call: Call, chat: Chat) -> Json:
    """Fields that a message has by the options of its call. Raises ApiError."""
    arguments = call.arguments
    fields: Json = {}
    if len(arguments) <= 2:
        return fields
    if arguments.integer("message_thread_id") and chat.group is None:
        raise bad("message thread not found")
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


def json_argument(call: Call, name: str, what: str) -> Json:
    """A JSON object argument, empty where absent. Raises ApiError."""
    text = call.arguments.get(name, "")
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise bad(f"Can't parse {what} JSON object") from None
    if not isinstance(value, dict):
        raise bad(f"Object expected as {what}")
    return value


def _link_preview(call: Call) -> Json:
    if call.arguments.get("link_preview_options"):
        return json_argument(call, "link_preview_options", "link preview options")
    return {"is_disabled": True} if call.arguments.flag("disable_web_page_preview") else {}


def _reply_to(call: Call, chat: Chat) -> Json | None:
    arguments = call.arguments
    if arguments.get("reply_parameters"):
        options = json_argument(call, "reply_parameters", "reply parameters")
        message_id = to_integer(str(options.get("message_id", 0)))
        lenient = options.get("allow_sending_without_reply") is True
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
