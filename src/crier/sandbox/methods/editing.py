"""editMessage*, deleteMessage(s).

A bot edits what it sent itself, at any age; not what it forwarded, and not what has a keyboard that
is not inline. It deletes its own for 48 hours.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable

from crier.sandbox.bot import Message
from crier.sandbox.calls import TRUE, Call, find_chat, required
from crier.sandbox.entities import read
from crier.sandbox.errors import bad
from crier.sandbox.keyboards import reply_markup
from crier.sandbox.methods.copying import CONTENT, message_ids
from crier.sandbox.methods.input_media import Item, read_item
from crier.sandbox.methods.media import check_caption, content_of, media_fields
from crier.sandbox.methods.plain import heading_of, point
from crier.sandbox.methods.polls import refresh
from crier.sandbox.methods.sending import link_preview, preview_options
from crier.sandbox.methods.sources import load, space_uploads
from crier.sandbox.wire import Json, encode

DELETE_WITHIN_S = 48 * 3600
_TEXT = ("text", "entities", "link_preview_options")
_CAPTION = ("caption", "caption_entities", "show_caption_above_media")
_WITH_CAPTION = ("photo", "video", "animation", "document", "audio", "voice", "paid_media")


def edit_message_text(call: Call) -> bytes:
    text = call.arguments.get("text", "")
    options = preview_options(call)
    if not text:
        raise bad("Message text is empty")
    draft = read(text, call.arguments.get("parse_mode", ""), call.arguments.get("entities", ""))
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    stored, message = _target(call)
    if "text" not in message:
        raise bad("there is no text in the message to edit")
    shown = draft.finished()
    fields: Json = {"text": shown.text} | link_preview(options, shown)
    if shown.entities:
        fields["entities"] = shown.entities
    return _edit(call, stored, message, fields, _TEXT, markup)


def edit_message_caption(call: Call) -> bytes:
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    check_caption(call.arguments)
    stored, message = _target(call)
    if not any(kind in message for kind in _WITH_CAPTION):
        raise bad("there is no caption in the message to edit")
    fields = media_fields(call.arguments, "photo")
    fields.pop("has_media_spoiler", None)
    return _edit(call, stored, message, fields, _CAPTION, markup)


def edit_message_reply_markup(call: Call) -> bytes:
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    stored, message = _target(call)
    return _edit(call, stored, message, {}, (), markup)


def edit_message_media(call: Call) -> bytes | Awaitable[bytes]:
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    (text,) = required(call, "media")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise bad("can't parse input media JSON object") from None
    item = read_item(call, value)
    stored, message = _target(call)
    if not any(kind in message for kind in (*_WITH_CAPTION, "text")) or "paid_media" in message:
        raise bad("message media can't be edited")
    if item.late:
        raise item.late
    if "media_group_id" in message and not _fits_album(message, item.kind):
        raise bad("can't change media type in the album")
    return _load_and_edit(call, stored, message, item, markup)


def _fits_album(message: Json, kind: str) -> bool:
    visual = ("photo", "video", "live_photo")
    is_visual = any(name in message for name in visual)
    return kind in visual if is_visual else kind in message


async def _load_and_edit(
    call: Call, stored: Message, message: Json, item: Item, markup: Json | None
) -> bytes:
    await space_uploads(call)
    file = await load(call, item.part)
    return _edit(call, stored, message, content_of(call, file, item.fields).fields, CONTENT, markup)


def edit_live_location(call: Call) -> bytes:
    """editMessageLiveLocation and stopMessageLiveLocation."""
    stopping = call.method == "stopmessagelivelocation"
    place = {} if stopping else point(call) | heading_of(call)
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    stored, message = _target(call)
    old: Json = message.get("location", {})
    period = call.arguments.integer("live_period") or old.get("live_period", 0)
    if not old.get("live_period") or stored.at + period < call.world.unix():
        raise bad(
            "there is no live location in the message to edit"
            if not old
            else "message can't be edited"
        )
    if stopping:
        names = ("live_period", "heading", "proximity_alert_radius")
        place = {name: value for name, value in old.items() if name not in names}
    else:
        place["live_period"] = period
    return _edit(call, stored, message, {"location": place}, ("location",), markup)


def _edit(
    call: Call,
    stored: Message,
    message: Json,
    fields: Json,
    replaced: tuple[str, ...],
    markup: Json | None,
) -> bytes:
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


def _target(call: Call) -> tuple[Message, Json]:
    """Return the message to edit.

    Raises:
        ApiError: Telegram refuses it.
    """
    message_id = call.arguments.integer("message_id")
    if not call.arguments.get("chat_id") and not message_id:
        if not call.arguments.get("inline_message_id"):
            raise bad("message identifier is not specified")
        raise bad("MESSAGE_ID_INVALID")
    chat = find_chat(call, to_write=False)
    stored = call.bot.messages.get(message_id)
    if message_id <= 0 or stored is None or call.bot.chat_of(message_id) != chat.id:
        raise bad("message to edit not found")  # or older than what the sandbox keeps in full
    message: Json = json.loads(stored.body)
    if not stored.outgoing or not stored.editable or "forward_origin" in message:
        raise bad("message can't be edited")
    refresh(message, call.world.unix())
    return stored, message


def delete_message(call: Call) -> bytes:
    if not call.arguments.get("chat_id"):
        raise bad("chat identifier is not specified")
    message_id = call.arguments.integer("message_id")
    if not message_id:
        raise bad("message identifier is not specified")
    chat = find_chat(call, to_write=False)
    if call.bot.chat_of(message_id) != chat.id:
        raise bad("message to delete not found")
    if not _is_deletable(call, message_id):
        raise bad("MESSAGE_DELETE_FORBIDDEN")
    _delete(call, message_id)
    return TRUE


def delete_messages(call: Call) -> bytes:
    ids = message_ids(call)
    chat = find_chat(call, to_write=False)
    mine = [message_id for message_id in ids if call.bot.chat_of(message_id) == chat.id]
    if not all(_is_deletable(call, message_id) for message_id in mine):
        raise bad("message can't be deleted for everyone")
    for message_id in dict.fromkeys(mine):
        _delete(call, message_id)
    return TRUE


def _is_deletable(call: Call, message_id: int) -> bool:
    stored = call.bot.messages.get(message_id)
    return stored is None or call.world.unix() - stored.at <= DELETE_WITHIN_S


def _delete(call: Call, message_id: int) -> None:
    call.bot.forget_chat_of(message_id)
    call.bot.totals.deleted += 1
    call.world.touch()
