"""Files that people upload for their ads: sniffed, measured, and put where uploads lie.

Its row comes first, in a transaction of its own and not yet `stored`; then the bytes; then the
caller's transaction sets `stored`. So `stored` rows never name bytes that are not there, bytes
never lie where no row names them, and no transaction is open while the storage is slow. What a
failure or a crash leaves is a row without `stored`, which no ad may name and which the cleaning
removes with its bytes (`services/media_cleaning.py`).
"""

import hashlib
import logging
import uuid
from typing import IO, Final

from sqlalchemy.orm import Session, sessionmaker

from crier.domain.message import MediaKind
from crier.services.errors import InvalidError, UnavailableError
from crier.storage import uploads
from crier.storage.models.ads import MediaFile
from crier.storage.uploads import Uploads, UploadsError

PHOTO_MAX_BYTES: Final = 10 * 1024 * 1024
FILE_MAX_BYTES: Final = 50 * 1024 * 1024
"""Telegram's limits for uploads by bots."""

_CHUNK: Final = 256 * 1024
_HEAD_BYTES: Final = 16
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
log = logging.getLogger(__name__)


def kind_of(content_type: str, size: int) -> MediaKind:
    """How Telegram sends a file; a picture over its limit for photos goes as a document."""
    kind = _KINDS.get(content_type, "document")
    return "document" if kind == "photo" and size > PHOTO_MAX_BYTES else kind


def receive(
    sessions: sessionmaker[Session],
    storage: Uploads,
    *,
    owner: int,
    name: str,
    stream: IO[bytes],
) -> uuid.UUID:
    """Put what `stream` gives where uploads lie; memory stays constant. `keep` makes it usable.

    Raises:
        InvalidError: it is empty, or over Telegram's limit.
        UnavailableError: the storage does not take it.
    """
    head, size, digest = _measure(stream)
    content_type = sniff(head)
    kept_name = uploads.name_for(name, _EXTENSIONS.get(content_type, ()))
    file = MediaFile(
        id=uuid.uuid4(),
        user_id=owner,
        name=kept_name,
        content_type=content_type,
        size=size,
        sha256=digest,
    )
    with sessions.begin() as session:
        session.add(file)
    stream.seek(0)
    try:
        storage.write(file.id, kept_name, stream)
    except UploadsError as error:
        log.error("upload_not_stored", extra={"place": storage.place, "error": str(error)})
        raise UnavailableError(f"the upload could not be stored: {error}") from None
    return file.id


def keep(session: Session, media_id: uuid.UUID) -> MediaFile:
    """The row of a file that has been received: from this commit on ads may name it."""
    file = session.get_one(MediaFile, media_id)
    file.stored = True
    session.flush()
    return file


def _measure(stream: IO[bytes]) -> tuple[bytes, int, bytes]:
    """The first bytes, the size and the SHA-256 of what `stream` gives."""
    head, size, digest = b"", 0, hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        head = head or chunk[:_HEAD_BYTES]
        size += len(chunk)
        if size > FILE_MAX_BYTES:
            raise InvalidError(file=f"is over Telegram's limit of {FILE_MAX_BYTES:,} bytes")
        digest.update(chunk)
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
