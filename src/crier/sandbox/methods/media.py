"""sendPhoto, sendVideo, sendAnimation and sendDocument: by file_id, by URL, or uploaded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from crier.sandbox import fetching
from crier.sandbox.arguments import Upload
from crier.sandbox.calls import Call, Chat, find_chat
from crier.sandbox.entities import MAX_CAPTION
from crier.sandbox.entities import formatted as format_text
from crier.sandbox.errors import bad, too_many
from crier.sandbox.files import MAX_UPLOAD_BYTES, File, check_kind, too_large
from crier.sandbox.keyboards import reply_markup
from crier.sandbox.methods.sending import common_fields
from crier.sandbox.posting import Content, count_outcome, post
from crier.sandbox.wire import Json


def send_photo(call: Call) -> bytes | Awaitable[bytes]:
    return _send(call, "photo")


def send_video(call: Call) -> bytes | Awaitable[bytes]:
    return _send(call, "video")


def send_animation(call: Call) -> bytes | Awaitable[bytes]:
    return _send(call, "animation")


def send_document(call: Call) -> bytes | Awaitable[bytes]:
    return _send(call, "document")


def _send(call: Call, kind: str) -> bytes | Awaitable[bytes]:
    source = file_source(call, kind, call.arguments.get(kind, ""))
    fields = caption_fields(
        call.arguments.get("caption", ""),
        call.arguments.get("parse_mode", ""),
        call.arguments.get("caption_entities", ""),
    )
    for name, field in (
        ("show_caption_above_media", "show_caption_above_media"),
        ("has_spoiler", "has_media_spoiler"),
    ):
        if call.arguments.flag(name) and kind != "document":
            fields[field] = True
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    if markup:
        fields["reply_markup"] = markup
    chat = find_chat(call)
    fields = common_fields(call, chat) | fields
    if isinstance(source, File):
        return _post(call, chat, kind, source, fields)
    return _load_and_post(call, chat, kind, source, fields)


async def _load_and_post(
    call: Call, chat: Chat, kind: str, source: str | Upload, fields: Json
) -> bytes:
    await space_uploads(call)
    if kind == "video" and isinstance(source, Upload) and _is_silent(source.content):
        kind = "animation"  # tdlib/telegram-bot-api#301, #315
    file = await load(call, kind, source)
    result = _post(call, chat, kind, file, fields)
    return result if isinstance(result, bytes) else await result


def _is_silent(content: bytes) -> bool:
    """Whether a video has pictures and no sound, by the handlers of its tracks."""
    return b"vide" in content and b"soun" not in content


def _post(call: Call, chat: Chat, kind: str, file: File, fields: Json) -> bytes | Awaitable[bytes]:
    return post(call, chat, [content_of(call, kind, file, fields)])


def content_of(call: Call, kind: str, file: File, fields: Json) -> Content:
    """The message content of a file with its caption fields."""
    shown = media_json(call, kind, file) | fields
    return Content(kind, shown, shown.get("caption") or f"{kind}:{file.unique_id}")


def caption_fields(caption: str, mode: str, entities: str) -> Json:
    """`caption` and `caption_entities`. Raises ApiError."""
    if not caption:
        return {}
    shown = format_text(caption, mode, entities, MAX_CAPTION)
    fields: Json = {"caption": shown.text} if shown.text else {}
    if shown.entities:
        fields["caption_entities"] = shown.entities
    return fields


def file_source(call: Call, field: str, value: str, *, attach: bool = False) -> File | str | Upload:
    """The file of a file_id, else a URL or an upload still to be loaded. Raises ApiError."""
    files = call.arguments.files
    if not attach and field in files:
        return files[field]
    if value.startswith("attach://"):
        upload = files.get(value.removeprefix("attach://"))
        if upload is not None:
            return upload
        value = ""
    if not value:
        raise bad(f"there is no {field} in the request")
    if "." in value:
        fetching.check_url(value)
        return value
    return check_kind(call.world.files.open(call.bot.id, value), field)


async def space_uploads(call: Call) -> None:
    """Wait as the server makes uploads wait. Raises a 429 where too many are waiting."""
    size = sum(len(upload.content) for upload in call.arguments.files.values())
    if not size or not call.world.limits_of(call.bot).upload_spacing:
        return
    wait = call.bot.limiter.upload_wait(size, call.world.monotonic())
    if wait < 0:
        await asyncio.sleep(3)  # the server holds this refusal back
        row = call.bot.roster.find(call.arguments.integer("chat_id"))
        count_outcome(call.bot, row, "flood")
        raise too_many(60)
    await asyncio.sleep(wait)


async def load(call: Call, kind: str, source: File | str | Upload) -> File:
    """The file of any source. Raises ApiError."""
    if isinstance(source, File):
        return source
    if isinstance(source, str):
        return await fetching.fetch(call.world.files, kind, source)
    if len(source.content) > MAX_UPLOAD_BYTES:
        raise too_large()
    return call.world.files.add(kind, source.content, source.name, source.content_type)


def media_json(call: Call, kind: str, file: File) -> Json:
    """The fields in which a message shows its file."""
    store, bot_id = call.world.files, call.bot.id
    if kind == "photo":
        sizes = [file] if max(file.width, file.height) <= 320 else [store.smaller(file), file]
        return {"photo": [_size(size, store.id_for(bot_id, size)) for size in sizes]}
    shown: Json = {}
    if kind != "document":
        shown = {
            "duration": call.arguments.integer("duration", 0, 0),
            "width": call.arguments.integer("width", file.width, 0) or file.width,
            "height": call.arguments.integer("height", file.height, 0) or file.height,
        }
    if file.name:
        shown["file_name"] = file.name
    if file.mime:
        shown["mime_type"] = file.mime
    named = {"file_id": store.id_for(bot_id, file), "file_unique_id": file.unique_id}
    shown |= named | {"file_size": file.size}
    if kind == "animation":
        document = {k: v for k, v in shown.items() if k not in ("duration", "width", "height")}
        return {"animation": shown, "document": document}
    return {kind: shown}


def _size(file: File, file_id: str) -> Json:
    return {
        "file_id": file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "width": file.width,
        "height": file.height,
    }
