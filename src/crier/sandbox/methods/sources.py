"""Where the file of a message comes from: a file_id, a URL, or an upload."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from msgspec.structs import replace

from crier.sandbox import fetching
from crier.sandbox.arguments import Arguments, Upload
from crier.sandbox.calls import Call
from crier.sandbox.errors import bad, too_many
from crier.sandbox.files import MAX_UPLOAD_BYTES, File, FileStore, check_kind, too_large
from crier.sandbox.methods.shown import MEDIA
from crier.sandbox.posting import count_outcome
from crier.sandbox.wire import Json

Source = File | str | Upload
_VOICES = ("ogg", "oga", "opus", "mp3", "m4a")


def file_source(call: Call, field: str, value: str, *, attach: bool = False) -> Source:
    """Return the file of a file_id, else a URL or an upload still to be loaded.

    Raises:
        ApiError: Telegram refuses it.
    """
    value_or_upload = _named(call, field, value, attach=attach)
    if isinstance(value_or_upload, Upload):
        return value_or_upload
    value = value_or_upload
    if "." in value:
        fetching.check_url(value)
        if field == "video_note":
            raise bad("can't upload file by URL")
        return value
    return check_kind(call.world.files.open(call.bot.id, value), field)


def check_named(call: Call, kind: str) -> None:
    """Check that a call has a file at all; whether it can be sent is checked after the chat.

    Raises:
        ApiError: Telegram refuses it.
    """
    for field in (kind, "photo") if kind == "live_photo" else (kind,):
        _named(call, field, call.arguments.get(field, ""))


def _named(call: Call, field: str, value: str, *, attach: bool = False) -> str | Upload:
    files = call.arguments.files
    if not attach and field in files:
        return files[field]
    if value.startswith("attach://"):
        upload = files.get(value.removeprefix("attach://"))
        if upload is not None:
            return upload
        value = ""
    if not value:
        raise bad(f"there is no {MEDIA[field].words} in the request")
    return value


async def space_uploads(call: Call) -> None:
    """Wait as the server makes uploads wait.

    Raises:
        ApiError: 429, where too many are waiting.
    """
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


class Part(NamedTuple):
    """A file to be sent: `picture` is the photo of a live photo or the cover of a video."""

    kind: str
    source: Source
    options: Arguments
    picture: Source | None = None

    @property
    def is_ready(self) -> bool:
        """Whether nothing has to be loaded for it."""
        return isinstance(self.source, File) and self.picture is None


def part_of(call: Call, kind: str, options: Arguments, value: str, *, attach: bool = False) -> Part:
    """Return the file that `options` name.

    Raises:
        ApiError: Telegram refuses it.
    """
    source = file_source(call, kind, value, attach=attach)
    name = {"live_photo": "photo", "video": "cover"}.get(kind, "")
    picture = options.get(name, "")
    if not name or not (picture or (name in options.files and not attach)):
        if kind == "live_photo":
            raise bad("photo not found" if attach else "there is no photo in the request")
        return Part(kind, source, options)
    return Part(kind, source, options, file_source(call, "photo", picture, attach=bool(picture)))


async def load(call: Call, part: Part) -> File:
    """Return the file of a part.

    Raises:
        ApiError: Telegram refuses it.
    """
    file = await _load(call, part.kind, part.source, part.options)
    if part.picture is None:
        return file
    picture = await _load(call, "photo", part.picture, Arguments())
    start = part.options.integer("start_timestamp", 0, 0, 24 * 3600)
    return replace(file, picture=picture.unique, start_timestamp=start)


async def _load(call: Call, kind: str, source: Source, options: Arguments) -> File:
    if isinstance(source, File):
        return source
    store = call.world.files
    if isinstance(source, str):
        return await fetching.fetch(store, kind, source)
    if len(source.content) > MAX_UPLOAD_BYTES:
        raise too_large()
    kind = _kind_of(kind, source, options)
    traits = _traits(store, kind, options)
    return store.add(kind, source.content, source.name, source.content_type, **traits)


def _kind_of(kind: str, upload: Upload, options: Arguments) -> str:
    """Return what Telegram makes of an upload that was sent as `kind`."""
    extension = upload.name.rpartition(".")[2].lower() if "." in upload.name else ""
    if kind == "video" and _is_silent(upload.content):
        return "animation"  # tdlib/telegram-bot-api#301, #315
    if kind == "voice" and extension and extension not in _VOICES:
        return "document"
    if kind == "document" and not options.flag("disable_content_type_detection"):
        return {"webp": "sticker", "gif": "animation"}.get(extension, kind)
    return kind


def _is_silent(content: bytes) -> bool:
    """Return whether a video has pictures and no sound, by the handlers of its tracks."""
    return b"vide" in content and b"soun" not in content


def _traits(store: FileStore, kind: str, options: Arguments) -> Json:
    traits: Json = {}
    if MEDIA[kind].duration:
        traits["duration"] = options.integer("duration", 0, 0, 24 * 3600)
    for name in ("width", "height") if kind in ("video", "animation") else ():
        traits[name] = options.integer(name, 0, 0, 10_000)
    if kind == "video_note":
        traits["width"] = traits["height"] = options.integer("length", 0, 0, 640)
    for name in {"audio": ("title", "performer"), "sticker": ("emoji",)}.get(kind, ()):
        traits[name] = options.get(name, "")
    picture = _thumbnail(options)
    if picture is not None and kind not in ("photo", "voice", "sticker", "animation"):
        added = store.add("thumbnail", picture.content, picture.name, "")
        traits["thumbnail"] = added.unique
    return traits


def _thumbnail(options: Arguments) -> Upload | None:
    """Return the picture that the sender gave; it can only be uploaded, and anything else is
    ignored."""
    for name in ("thumbnail", "thumb"):
        value = options.get(name, "")
        upload = options.files.get(value.removeprefix("attach://") if value else name)
        if upload is not None:
            return upload
    return None
