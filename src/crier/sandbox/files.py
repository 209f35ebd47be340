"""Files as Telegram shows them: a `file_id` that only its bot can use, a `file_unique_id` for all.

A file_id carries kind, unique id and a seal over the bot, so nothing has to be remembered for it
to be checked. What a file is (size, name, measures) is kept by unique id; contents are kept up to
`MAX_CONTENT_BYTES` in all, the oldest going first, for getFile downloads.
"""

from __future__ import annotations

import base64
import re
from collections import OrderedDict
from hashlib import blake2b
from typing import Any

import msgspec

from crier.sandbox import tracks
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.images import measure

KINDS = (  # a file id holds the place in this list: add at the end
    *("photo", "video", "animation", "document", "audio", "voice"),
    *("video_note", "sticker", "thumbnail", "chat_photo", "live_photo"),
)
MAX_CONTENT_BYTES = 64 * 1024 * 1024
MAX_KNOWN = 100_000
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
MAX_SIDE = 1280
_LAST_BYTE = 4  # version of a persistent file id
_UNSAFE = re.compile(r"[^\w.\-]")
_ADDED_MIME = {
    "photo": "image/jpeg",
    "video": "video/mp4",
    "animation": "video/mp4",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
    "video_note": "video/mp4",
    "live_photo": "video/mp4",
}
_EXTENSIONS = {
    **{"photo": "jpg", "thumbnail": "jpg", "chat_photo": "jpg", "sticker": "webp"},
    **{"video": "mp4", "animation": "mp4", "video_note": "mp4", "audio": "mp3", "voice": "oga"},
}
_TYPE_NAMES = {
    "voice": "VoiceNote",
    "video_note": "VideoNote",
    "chat_photo": "ChatPhoto",
    "live_photo": "LivePhotoVideo",
}
_LASTING = {"video", "animation", "audio", "voice", "video_note", "live_photo"}
_PICTURES = {"photo", "thumbnail", "chat_photo"}
_BY_NAME = {
    **{"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg"},
    **{"opus": "audio/ogg", "mp4": "video/mp4", "gif": "image/gif", "webm": "video/webm"},
    **{"webp": "image/webp", "tgs": "application/x-tgsticker", "flac": "audio/flac"},
    **{"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf", "zip": "application/zip"},
}
_MEASURES = {
    **{"video": (1280, 720), "animation": (1280, 720), "live_photo": (1280, 720)},
    **{"video_note": (240, 240), "sticker": (512, 512)},
}


class File(msgspec.Struct):
    """One file, the same for all bots; what does not fit its kind is empty."""

    unique: bytes
    kind: str
    size: int
    name: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0
    duration: int = 0
    title: str = ""
    performer: str = ""
    emoji: str = ""
    set_name: str = ""
    sticker_type: str = "regular"
    keywords: list[str] = []
    mask: dict[str, Any] = {}
    thumbnail: bytes = b""  # `unique` of the picture shown for it
    picture: bytes = b""  # of the photo of a live photo, or of a video's cover
    start_timestamp: int = 0

    @property
    def unique_id(self) -> str:
        return _base64(b"\2" + bytes([KINDS.index(self.kind)]) + self.unique)

    @property
    def custom_emoji_id(self) -> str:
        """The id of a custom emoji; empty for every other file."""
        is_emoji = self.sticker_type == "custom_emoji"
        return str(int.from_bytes(self.unique) & (2**63 - 1)) if is_emoji else ""

    @property
    def path(self) -> str:
        """`file_path` of getFile."""
        extension = self.name.rpartition(".")[2] if "." in self.name else ""
        extension = _UNSAFE.sub("", extension) or _EXTENSIONS.get(self.kind, "bin")
        return f"{self.kind}s/{self.unique.hex()}.{extension}"


class FileStore:
    """All files, and what they are called for each bot."""

    def __init__(self, key: bytes, fetch: str, web: list[tuple[str, str]] | None = None) -> None:
        self.fetch = fetch
        self.web = web or []
        self.key = key
        self.known: OrderedDict[bytes, File] = OrderedDict()
        self.fetched: OrderedDict[str, File | str] = OrderedDict()  # by URL; text is a refusal
        self._contents: OrderedDict[bytes, bytes] = OrderedDict()
        self._content_bytes = 0

    def add(self, kind: str, content: bytes, name: str, mime: str, **traits: Any) -> File:
        """Take in the content of an upload or URL; `traits` are fields of File that it says.

        Raises:
            ApiError: Telegram refuses it.
        """
        if not content:
            raise bad("file must be non-empty")
        if kind == "photo" and len(content) > MAX_PHOTO_BYTES:
            raise bad(
                f"file of size {len(content)} bytes is too big for a photo; "
                f"the maximum size is {MAX_PHOTO_BYTES} bytes"
            )
        size = measure(content)
        if kind == "photo":
            if size is None:
                raise bad("IMAGE_PROCESS_FAILED")
            if sum(size) > 10_000 or max(size) > 20 * min(size):
                raise bad("PHOTO_INVALID_DIMENSIONS")
        said = repr(sorted(traits.items())).encode() if any(traits.values()) else b""
        unique = blake2b(kind.encode() + content + said, digest_size=8).digest()
        file = File(unique, kind, len(content), name, _mime(kind, name, mime), **traits)
        found = tracks.measure(content)
        width, height = size or (found.width, found.height)
        if not (width and height):
            width, height = _MEASURES.get(kind, (0, 0))
        file.width, file.height = file.width or width, file.height or height
        if kind in _LASTING:
            file.duration = file.duration or found.duration
        if kind == "photo":
            _shrink(file)
        self._keep(unique, content)
        return self.note(file)

    def believe(self, kind: str, url: str, name: str) -> File:
        """Return a file behind a URL that is not fetched."""
        unique = blake2b(kind.encode() + url.encode(), digest_size=8).digest()
        file = File(unique, kind, 50_000, name, _mime(kind, name, ""), 1280, 720)
        return self.note(file)

    def note(self, file: File) -> File:
        """Remember what a file is."""
        self.known[file.unique] = file
        if len(self.known) > MAX_KNOWN:
            self.known.popitem(last=False)
        return file

    def smaller(self, file: File, kind: str = "photo") -> File:
        """Return the small picture that Telegram makes of a photo, or for a video and its kin."""
        unique = blake2b(b"small" + file.unique, digest_size=8).digest()
        scale = 320 / max(file.width, file.height, 320)
        small = File(unique, kind, min(file.size, 20_000), "", "image/jpeg")
        if file.unique in self._contents:  # what is downloaded is the picture itself
            self._keep(unique, self._contents[file.unique])
        small.width, small.height = (
            max(1, round(file.width * scale)),
            max(1, round(file.height * scale)),
        )
        return self.note(small)

    def id_for(self, bot_id: int, file: File) -> str:
        """Return the file_id by which this bot, and no other, can use the file."""
        body = bytes([KINDS.index(file.kind)]) + file.unique
        return _base64(body + self._seal(bot_id, body) + bytes([_LAST_BYTE]))

    def open(self, bot_id: int, file_id: str) -> File:
        """Return the file of a file_id.

        Raises:
            ApiError: there is none; the words are Telegram's.
        """
        wrong = "wrong remote file identifier specified: "
        if not re.fullmatch(r"[A-Za-z0-9_-]*", file_id):
            raise bad(wrong + "Wrong character in the string")
        if len(file_id) % 4 == 1:
            raise bad(wrong + "Wrong string length")
        data = base64.urlsafe_b64decode(file_id + "=" * (-len(file_id) % 4))
        if not data or data[-1] != _LAST_BYTE:
            raise bad(wrong + "can't unserialize it. Wrong last symbol")
        body, seal = data[:9], data[9:-1]
        file = self.known.get(body[1:])
        if file is None or seal != self._seal(bot_id, body):
            raise bad("wrong file identifier/HTTP URL specified")
        return file

    def content(self, path: str) -> bytes | None:
        """Return the content behind a `file_path`, where it is still kept."""
        try:
            return self._contents.get(bytes.fromhex(path.partition("/")[2].partition(".")[0]))
        except ValueError:
            return None

    def _keep(self, unique: bytes, content: bytes) -> None:
        if unique in self._contents:
            return
        self._contents[unique] = content
        self._content_bytes += len(content)
        while self._content_bytes > MAX_CONTENT_BYTES:
            self._content_bytes -= len(self._contents.popitem(last=False)[1])

    def _seal(self, bot_id: int, body: bytes) -> bytes:
        return blake2b(body + bot_id.to_bytes(8, "big"), digest_size=23, key=self.key).digest()


def _shrink(file: File) -> None:
    """Telegram keeps photos of at most so many pixels on a side."""
    scale = MAX_SIDE / max(file.width, file.height, MAX_SIDE)
    file.width, file.height = round(file.width * scale) or 1, round(file.height * scale) or 1


def check_kind(file: File, kind: str) -> File:
    """Return the file, where it may be sent as `kind`: only pictures are told from the others.

    Raises:
        ApiError: Telegram refuses it.
    """
    if file.kind != kind and {file.kind, kind} & _PICTURES:
        shown, wanted = (_TYPE_NAMES.get(k, k.title()) for k in (file.kind, kind))
        raise bad(f"can't use file of type {shown} as {wanted}")
    return file


def _mime(kind: str, name: str, given: str) -> str:
    """Return the MIME type of a file: by its name, as the sender said, or as its kind has it."""
    if kind in _PICTURES:
        return "image/jpeg"
    return _BY_NAME.get(name.rpartition(".")[2].lower(), "") or given or _ADDED_MIME.get(kind, "")


def too_large() -> ApiError:
    return ApiError(413, "Request Entity Too Large")


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
