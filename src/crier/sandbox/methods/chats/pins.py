"""Pinned messages: the newest is what getChat shows. No right is needed in a private chat."""

from __future__ import annotations

import json

from crier.sandbox.calls import TRUE, Call, Chat, find_chat
from crier.sandbox.errors import bad
from crier.sandbox.methods.chats.info import tell_service
from crier.sandbox.methods.chats.rights import demand
from crier.sandbox.wire import Json

SERVICE = (
    *("migrate_to_chat_id", "migrate_from_chat_id", "left_chat_member", "new_chat_members"),
    *("new_chat_title", "new_chat_photo", "pinned_message", "forum_topic_created"),
    *("forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"),
    *("general_forum_topic_hidden", "general_forum_topic_unhidden"),
)


def pin_chat_message(call: Call) -> bytes:
    chat = _chat(call)
    message_id = call.arguments.integer("message_id")
    if message_id <= 0 or call.bot.chat_of(message_id) != chat.id:
        raise bad("message to pin not found")
    stored = call.bot.messages.get(message_id)
    message: Json = json.loads(stored.body) if stored else {}
    if any(name in message for name in SERVICE):
        raise bad("service messages can't be pinned")
    pinned = call.bot.pinned.setdefault(chat.id, [])
    if message_id in pinned:
        pinned.remove(message_id)
    pinned.append(message_id)
    pinned.sort()
    if not call.arguments.flag("disable_notification") and message:
        message.pop("reply_to_message", None)
        tell_service(call, chat, {"pinned_message": message})
    call.world.touch()
    return TRUE


def unpin_chat_message(call: Call) -> bytes:
    chat = _chat(call)
    pinned = call.bot.pinned.get(chat.id, [])
    message_id = call.arguments.integer("message_id")
    if message_id > 0 and call.bot.chat_of(message_id) != chat.id:
        raise bad("message to unpin not found")
    if message_id in pinned:
        pinned.remove(message_id)
    elif message_id <= 0 and pinned:
        pinned.pop()
    else:
        raise bad("message to unpin not found" if message_id <= 0 else "CHAT_NOT_MODIFIED")
    call.world.touch()
    return TRUE


def unpin_all_chat_messages(call: Call) -> bytes:
    chat = _chat(call)
    call.bot.pinned.pop(chat.id, None)
    call.world.touch()
    return TRUE


def _chat(call: Call) -> Chat:
    chat = find_chat(call)
    right = (
        "can_edit_messages" if chat.group and chat.group.type == "channel" else "can_pin_messages"
    )
    demand(call, chat, right, "not enough rights to manage pinned messages in the chat")
    return chat
