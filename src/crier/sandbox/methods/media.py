"""sendPhoto, sendAudio and their kin: by file_id, by URL, or uploaded."""

from __future__ import annotations

from collections.abc import Awaitable

from crier.sandbox.arguments import Arguments
from crier.sandbox.calls import Call, Chat, Method
from crier.sandbox.entities import MAX_CAPTION, read
from crier.sandbox.entities import formatted as format_text
from crier.sandbox.files import File
from crier.sandbox.methods.sending import opening
from crier.sandbox.methods.shown import MEDIA, media_json
from crier.sandbox.methods.sources import Part, check_named, load, part_of, space_uploads
from crier.sandbox.posting import Content, post
from crier.sandbox.wire import Json


def sender(kind: str) -> Method:
    """Return the method that sends one file of `kind`."""

    def send(call: Call) -> bytes | Awaitable[bytes]:
        check_named(call, kind)
        check_caption(call.arguments)
        chat, fields = opening(call)
        part = part_of(call, kind, call.arguments, call.arguments.get(kind, ""))
        fields |= media_fields(call.arguments, kind)
        if isinstance(part.source, File) and part.is_ready:
            return post(call, chat, [content_of(call, part.source, fields)])
        return _load_and_post(call, chat, part, fields)

    return send


async def _load_and_post(call: Call, chat: Chat, part: Part, fields: Json) -> bytes:
    await space_uploads(call)
    file = await load(call, part)
    result = post(call, chat, [content_of(call, file, fields)])
    return result if isinstance(result, bytes) else await result


def content_of(call: Call, file: File, fields: Json) -> Content:
    """Return the message content of a file with its caption fields."""
    shown = media_json(call.world.files, call.bot.id, file) | fields
    return Content(file.kind, shown, shown.get("caption") or f"{file.kind}:{file.unique_id}")


def media_fields(options: Arguments, kind: str) -> Json:
    """Return what a message shows besides its file, by the options of a call or of an InputMedia.

    Raises:
        ApiError: Telegram refuses it.
    """
    if not MEDIA[kind].caption:
        return {}
    fields = caption_fields(
        options.get("caption", ""),
        options.get("parse_mode", ""),
        options.get("caption_entities", ""),
    )
    if MEDIA[kind].spoiler:
        if options.flag("show_caption_above_media"):
            fields["show_caption_above_media"] = True
        if options.flag("has_spoiler"):
            fields["has_media_spoiler"] = True
    return fields


def check_caption(options: Arguments) -> None:
    """Check the markup of a caption as the server does; its length is left to TDLib.

    Raises:
        ApiError: Telegram refuses it.
    """
    mode, given = options.get("parse_mode", ""), options.get("caption_entities", "")
    read(options.get("caption", ""), mode, given, MAX_CAPTION)


def caption_fields(caption: str, mode: str, entities: str) -> Json:
    """Return `caption` and `caption_entities`.

    Raises:
        ApiError: Telegram refuses it.
    """
    if not caption:
        return {}
    shown = format_text(caption, mode, entities, MAX_CAPTION)
    fields: Json = {"caption": shown.text} if shown.text else {}
    if shown.entities:
        fields["caption_entities"] = shown.entities
    return fields
