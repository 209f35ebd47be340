"""How messages show their files: the JSON of each kind of media, and what a kind takes."""

from __future__ import annotations

from typing import NamedTuple

from crier.sandbox.files import File, FileStore
from crier.sandbox.wire import Json


class Kind(NamedTuple):
    """What one kind of media takes and shows."""

    words: str  # its name in texts of errors
    caption: bool = True
    spoiler: bool = False  # has_spoiler and show_caption_above_media too
    duration: bool = True
    measures: bool = False
    name: bool = True
    mime: bool = True
    thumbnail: bool = False  # Telegram makes one where the sender gave none


MEDIA = {
    "photo": Kind("photo", spoiler=True),
    "video": Kind("video", spoiler=True, measures=True, thumbnail=True),
    "animation": Kind("animation", spoiler=True, measures=True, thumbnail=True),
    "document": Kind("document", duration=False),
    "audio": Kind("audio"),
    "voice": Kind("voice", name=False),
    "video_note": Kind("video note", caption=False, name=False, mime=False, thumbnail=True),
    "live_photo": Kind("live photo", spoiler=True, measures=True, name=False),
    "sticker": Kind(
        "sticker",
        caption=False,
        duration=False,
        measures=True,
        name=False,
        mime=False,
        thumbnail=True,
    ),
}


def media_json(store: FileStore, bot_id: int, file: File) -> Json:
    """Return the fields in which a message shows its file."""
    kind = file.kind
    if kind == "photo":
        return {"photo": photo_json(store, bot_id, file)}
    shown = file_json(store, bot_id, file)
    if kind == "animation":
        document = {k: v for k, v in shown.items() if k not in ("duration", "width", "height")}
        return {"animation": shown, "document": document}
    if kind == "live_photo":
        return {"live_photo": shown, "photo": shown["photo"]}
    return {kind: shown}


def file_json(store: FileStore, bot_id: int, file: File) -> Json:
    """`Audio`, `Video` and their kin: the object of a file that is no photo."""
    kind, has = file.kind, MEDIA[file.kind]
    shown: Json = _picture(store, bot_id, file)
    if has.duration:
        shown["duration"] = file.duration
    if kind == "video_note":
        shown["length"] = file.width
    if has.measures:
        shown |= {"width": file.width, "height": file.height}
    if has.name and file.name:
        shown["file_name"] = file.name
    if has.mime and file.mime:
        shown["mime_type"] = file.mime
    for name, value in (("title", file.title), ("performer", file.performer)):
        if value:
            shown[name] = value
    if kind == "sticker":
        shown |= _sticker(file)
    return shown | _thumbnail(store, bot_id, file) | _named(store, bot_id, file)


def _picture(store: FileStore, bot_id: int, file: File) -> Json:
    picture = store.known.get(file.picture)
    if picture is None:
        return {}
    sizes = photo_json(store, bot_id, picture)
    if file.kind == "live_photo":
        return {"photo": sizes}
    shown: Json = {"cover": sizes}
    return shown | ({"start_timestamp": file.start_timestamp} if file.start_timestamp else {})


def photo_json(store: FileStore, bot_id: int, file: File) -> list[Json]:
    """Return the sizes of a photo, the smaller first."""
    small = max(file.width, file.height) <= 320
    return [size_json(store, bot_id, f) for f in ([file] if small else [store.smaller(file), file])]


def size_json(store: FileStore, bot_id: int, file: File) -> Json:
    """`PhotoSize`."""
    return _named(store, bot_id, file) | {"width": file.width, "height": file.height}


def _named(store: FileStore, bot_id: int, file: File) -> Json:
    return {
        "file_id": store.id_for(bot_id, file),
        "file_unique_id": file.unique_id,
        "file_size": file.size,
    }


def thumbnail_json(store: FileStore, bot_id: int, unique: bytes) -> Json:
    """`thumbnail` (and `thumb`, its name of old) of a picture; nothing where there is none."""
    picture = store.known.get(unique)
    if picture is None:
        return {}
    shown = size_json(store, bot_id, picture)
    return {"thumbnail": shown, "thumb": shown}


def _thumbnail(store: FileStore, bot_id: int, file: File) -> Json:
    """Return the sender's picture, else that which Telegram makes of video, sticker or image."""
    unique = file.thumbnail
    is_image = file.kind == "document" and file.mime.startswith("image/") and file.width > 0
    if is_image or (unique not in store.known and MEDIA[file.kind].thumbnail):
        unique = store.smaller(file, "thumbnail").unique
    return thumbnail_json(store, bot_id, unique)


def _sticker(file: File) -> Json:
    shown: Json = {"emoji": file.emoji} if file.emoji else {}
    if file.set_name:
        shown["set_name"] = file.set_name
    shown["is_animated"] = file.mime == "application/x-tgsticker"
    shown["is_video"] = file.mime == "video/webm"
    shown["type"] = file.sticker_type
    if file.sticker_type == "mask" and file.mask:
        shown["mask_position"] = file.mask
    if file.sticker_type == "custom_emoji":
        shown["custom_emoji_id"] = file.custom_emoji_id
    return shown
