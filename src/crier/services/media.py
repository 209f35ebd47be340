"""Files that people upload for their ads: sniffed, measured, and kept in the data folder.

A file is written and synced in a folder of its own under a fresh id, and only then gets its name;
after that the caller's transaction inserts its row. A row never names bytes that are not there;
what a crash leaves without a row is found by nobody.
"""

import hashlib
import os
import shutil
import uuid
from pathlib import Path
from typing import IO, Final

from sqlalchemy.orm import Session

from crier.domain.message import MediaKind
from crier.services.errors import InvalidError
from crier.storage import uploads
from crier.storage.models.ads import MediaFile

PHOTO_MAX_BYTES: Final = 10 * 1024 * 1024
FILE_MAX_BYTES: Final = 50 * 1024 * 1024
"""Telegram's limits for uploads by bots."""

_CHUNK: Final = 256 * 1024
_HEAD_BYTES: Final = 16
_NAME_MAX_CHARS: Final = 200
_KINDS: Final[dict[str, MediaKind]] = {
    "image/jpeg": "photo",
    "image/png": "photo",
    "image/webp": "photo",
    "image/gif": "animation",
    "video/mp4": "video",
}
_EXTENSIONS: Final[dict[str, tuple[str, ...]]] = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov",),
    "application/pdf": ("pdf",),
}


def kind_of(content_type: str, size: int) -> MediaKind:
    """How Telegram sends a file; a picture over its limit for photos goes as a document."""
    kind = _KINDS.get(content_type, "document")
    return "document" if kind == "photo" and size > PHOTO_MAX_BYTES else kind


def store(
    session: Session, *, data_dir: Path, owner: int, name: str, stream: IO[bytes]
) -> MediaFile:
    """Keep what `stream` gives; memory stays constant.

    Raises:
        InvalidError: it is empty, or over Telegram's limit.
    """
    media_id = uuid.uuid4()
    folder = uploads.media_dir(data_dir) / str(media_id)
    folder.mkdir(parents=True, mode=0o700)
    try:
        head, size, digest = _copy(stream, folder / ".part")
        content_type = sniff(head)
        kept_name = uploads.name_for(name, _EXTENSIONS.get(content_type, ()))
        (folder / ".part").rename(folder / kept_name)
    except BaseException:
        shutil.rmtree(folder)
        raise
    file = MediaFile(
        id=media_id,
        user_id=owner,
        name=kept_name[:_NAME_MAX_CHARS],
        content_type=content_type,
        size=size,
        sha256=digest,
    )
    session.add(file)
    session.flush()
    return file


def _copy(stream: IO[bytes], target: Path) -> tuple[bytes, int, bytes]:
    """The first bytes, the size and the SHA-256 of what was written."""
    head, size, digest = b"", 0, hashlib.sha256()
    with target.open("xb") as out:
        while chunk := stream.read(_CHUNK):
            head = head or chunk[:_HEAD_BYTES]
            size += len(chunk)
            if size > FILE_MAX_BYTES:
                raise InvalidError(file=f"is over Telegram's limit of {FILE_MAX_BYTES:,} bytes")
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if not size:
        raise InvalidError(file="is empty")
    return head, size, digest.digest()


def sniff(head: bytes) -> str:
    """The MIME type that a file's first 16 bytes tell; what somebody calls it does not count."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return "application/zip"
    return "application/octet-stream"
