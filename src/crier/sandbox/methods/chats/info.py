"""getChat, and what is set for a whole chat: title, description, photo, permissions, stickers."""

from __future__ import annotations

import json
from collections.abc import Awaitable

from crier.sandbox.bot import Message
from crier.sandbox.calls import TRUE, Call, Chat, emit, find_chat, json_argument
from crier.sandbox.errors import bad
from crier.sandbox.files import File
from crier.sandbox.methods.chats.rights import (
    demand,
    denied_kinds,
    group_of,
    read_permissions,
    shown_permissions,
)
from crier.sandbox.people import Group
from crier.sandbox.wire import Json, encode

MAX_TITLE = 128
MAX_DESCRIPTION = 255


def get_chat(call: Call) -> bytes:
    chat = find_chat(call, to_write=False)
    shown = call.world.chat_json(chat.id)
    if chat.group is None:
        shown |= {"can_send_gift": True, "accepted_gift_types": gift_types(True)}
        photo = call.world.person(chat.id).photo
    else:
        shown |= _group_json(chat.group)
        photo = chat.group.photo
    picture = call.world.files.known.get(photo)
    if picture is not None:
        shown["photo"] = _photo_info(call, picture)
    pinned = call.bot.pinned.get(chat.id)
    message = call.bot.messages.get(pinned[-1]) if pinned else None
    if message is not None:
        shown["pinned_message"] = json.loads(message.body)
    shown["max_reaction_count"] = 11
    shown["accent_color_id"] = abs(chat.id) % 7
    return encode(shown)


def gift_types(accepted: bool) -> Json:
    """`AcceptedGiftTypes`."""
    names = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return dict.fromkeys((*names, "gifts_from_channels"), accepted)


def _group_json(group: Group) -> Json:
    shown: Json = {}
    if group.username:
        shown["active_usernames"] = [group.username]
    if group.description:
        shown["description"] = group.description
    primary = next((link for link, has in group.links.items() if has["is_primary"]), "")
    if primary:
        shown["invite_link"] = primary
    if group.sticker_set:
        shown["sticker_set_name"] = group.sticker_set
    if group.type != "channel":
        shown["permissions"] = shown_permissions(group.permissions)
    return shown | {"accepted_gift_types": gift_types(False)}


def _photo_info(call: Call, picture: File) -> Json:
    store = call.world.files
    small = store.smaller(picture, "chat_photo")
    return {
        "small_file_id": store.id_for(call.bot.id, small),
        "small_file_unique_id": small.unique_id,
        "big_file_id": store.id_for(call.bot.id, picture),
        "big_file_unique_id": picture.unique_id,
    }


def set_chat_title(call: Call) -> bytes:
    title = call.arguments.get("title", "").strip()[:MAX_TITLE]
    chat, group = group_of(call, private="can't change private chat title")
    if not title:
        raise bad("title must be non-empty")
    demand(call, chat, "can_change_info", "not enough rights to change chat title")
    if group.title != title:
        group.title = title
        tell_service(call, chat, {"new_chat_title": title})
    return _changed(call)


def set_chat_description(call: Call) -> bytes:
    description = call.arguments.get("description", "").strip()[:MAX_DESCRIPTION]
    chat, group = group_of(call, private="can't change private chat description")
    demand(call, chat, "can_change_info", "not enough rights to set chat description")
    if group.description == description:
        raise bad("CHAT_ABOUT_NOT_MODIFIED")
    group.description = description
    return _changed(call)


def set_chat_photo(call: Call) -> bytes | Awaitable[bytes]:
    upload = call.arguments.files.get("photo")
    if upload is None:
        if call.arguments.get("photo"):
            raise bad("photo must be uploaded as an InputFile")
        raise bad("there is no photo in the request")
    chat, group = group_of(call, private="can't change private chat photo")
    demand(call, chat, "can_change_info", "not enough rights to change chat photo")
    store = call.world.files
    store.add("photo", upload.content, upload.name, "")  # refused as any other photo
    group.photo = store.add("chat_photo", upload.content, "", "").unique
    return _changed(call)


def delete_chat_photo(call: Call) -> bytes:
    chat, group = group_of(call, private="can't change private chat photo")
    demand(call, chat, "can_change_info", "not enough rights to change chat photo")
    if not group.photo:
        raise bad("CHAT_NOT_MODIFIED")
    group.photo = b""
    return _changed(call)


def set_chat_permissions(call: Call) -> bytes:
    given = read_permissions(json_argument(call, "permissions", "ChatPermissions"))
    chat, group = group_of(call, private="can't change private chat permissions")
    if group.type == "channel":
        raise bad("can't change channel chat permissions")
    demand(call, chat, "can_restrict_members", "not enough rights to change chat permissions")
    if shown_permissions(given) == shown_permissions(group.permissions):
        raise bad("CHAT_NOT_MODIFIED")
    group.permissions, group.denied = given, denied_kinds(given)
    return _changed(call)


def set_chat_sticker_set(call: Call) -> bytes:
    name = call.arguments.get("sticker_set_name", "")
    group = _with_stickers(call)
    if name not in call.world.sticker_sets:
        raise bad("STICKERSET_INVALID")
    group.sticker_set = name
    return _changed(call)


def delete_chat_sticker_set(call: Call) -> bytes:
    _with_stickers(call).sticker_set = ""
    return _changed(call)


def _with_stickers(call: Call) -> Group:
    chat, group = group_of(call, private="chat sticker set can be set only for supergroups")
    if group.type != "supergroup":
        raise bad("chat sticker set can be set only for supergroups")
    demand(call, chat, "can_change_info", "not enough rights to change supergroup sticker set")
    return group


def tell_service(call: Call, chat: Chat, fields: Json) -> int:
    """Send a service message of the bot's own doing, also to other bots there; return its id."""
    world, at = call.world, call.world.unix()
    own = 0
    for bot in world.bots.values():
        if bot.roster.find(chat.id) < 0:
            continue
        message_id = bot.take_message_id(chat.id)
        message: Json = {"message_id": message_id, "from": call.bot.user()}
        if chat.group is not None and chat.group.type == "channel":
            message = {"message_id": message_id, "sender_chat": world.chat_json(chat.id)}
        message |= {"chat": world.chat_json(chat.id), "date": int(at)} | fields
        world.store(bot, message_id, Message(chat.id, encode(message), bot is call.bot, at))
        if bot is call.bot:
            own = message_id
        else:
            emit(world, bot, "message", message, chat.id)
    return own


def _changed(call: Call) -> bytes:
    call.world.touch()
    return TRUE
