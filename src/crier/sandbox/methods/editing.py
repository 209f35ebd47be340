"""editMessage* and deleteMessage(s)."""

from __future__ import annotations

import json

from crier.sandbox.calls import TRUE, Call, find_chat
from crier.sandbox.entities import formatted as format_text
from crier.sandbox.errors import bad
from crier.sandbox.keyboards import reply_markup
from crier.sandbox.methods.copying import message_ids
from crier.sandbox.methods.media import caption_fields
from crier.sandbox.wire import Json, encode

DELETE_WITHIN_S = 48 * 3600


def edit_message_text(call: Call) -> bytes:
    text = call.arguments.get("text", "")
    if not text:
        raise bad("Message text is empty")
    mode, entities = call.arguments.get("parse_mode", ""), call.arguments.get("entities", "")
    shown = format_text(text, mode, entities)
    fields: Json = {"text": shown.text}
    if shown.entities:
        fields["entities"] = shown.entities
    return _edit(call, "text", fields, ("text", "entities"))


def edit_message_caption(call: Call) -> bytes:
    arguments = call.arguments
    fields = caption_fields(
        arguments.get("caption", ""),
        arguments.get("parse_mode", ""),
        arguments.get("caption_entities", ""),
    )
    return _edit(call, "caption", fields, ("caption", "caption_entities"))


def edit_message_reply_markup(call: Call) -> bytes:
    return _edit(call, "", {}, ())


def _edit(call: Call, what: str, fields: Json, replaced: tuple[str, ...]) -> bytes:
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    message_id = _target(call, "message to edit not found")
    stored = call.bot.messages.get(message_id)
    if stored is None:
        raise bad("message to edit not found")  # older than what the sandbox keeps in full
    if not stored.outgoing:
        raise bad("message can't be edited")
    message: Json = json.loads(stored.body)
    if what == "text" and "text" not in message:
        raise bad("there is no text in the message to edit")
    if what == "caption" and "text" in message:
        raise bad("there is no caption in the message to edit")
    before = dict(message)
    for name in (*replaced, "reply_markup"):
        message.pop(name, None)
    message |= fields
    if markup:
        message["reply_markup"] = markup
    if message == before:
        raise bad("MESSAGE_NOT_MODIFIED")
    message["edit_date"] = int(call.world.unix())
    stored.body = encode(message)
    call.bot.totals.edited += 1
    call.world.touch()
    return stored.body


def _target(call: Call, missing: str) -> int:
    """Id of the message that `chat_id` and `message_id` name. Raises ApiError."""
    chat = find_chat(call, to_write=False)
    message_id = call.arguments.integer("message_id")
    if message_id <= 0:
        raise bad("message identifier is not specified")
    if call.bot.chat_of(message_id) != chat.id:
        raise bad(missing)
    return message_id


def delete_message(call: Call) -> bytes:
    message_id = _target(call, "message to delete not found")
    stored = call.bot.messages.get(message_id)
    if stored is not None and call.world.unix() - stored.at > DELETE_WITHIN_S:
        raise bad("MESSAGE_DELETE_FORBIDDEN")
    _delete(call, message_id)
    return TRUE


def delete_messages(call: Call) -> bytes:
    chat = find_chat(call, to_write=False)
    for message_id in message_ids(call):
        if call.bot.chat_of(message_id) == chat.id:
            _delete(call, message_id)
    return TRUE


def _delete(call: Call, message_id: int) -> None:
    call.bot.forget_chat_of(message_id)
    call.bot.totals.deleted += 1
    call.world.touch()
