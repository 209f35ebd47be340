"""Files that people upload for their ads: sniffed, measured, and put where uploads lie.

Its row comes first, in a transaction of its own and not yet `stored`; then the bytes; then the
caller's transaction sets `stored`. So `stored` rows never name bytes that are not there, bytes
never lie where no row names them, and no transaction is open while the storage is slow. What a
failure or a crash leaves is a row without `stored`, which no ad may name and which the cleaning
removes with its bytes (`services/ads/media_cleaning.py`).
"""

import hashlib
import logging
import uuid
from typing import IO, Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from crier.domain import media_kinds
from crier.services import audit, quotas
from crier.services.ads import ads
from crier.services.ads.media_types import HEAD_BYTES, TRACK_BYTES, Sort, sort_of, tracks_in
from crier.services.caller import Caller
from crier.services.errors import InvalidError, NotFoundError, UnavailableError
from crier.storage import uploads
from crier.storage.models.ads import Advertisement, MediaFile
from crier.storage.uploads import Uploads, UploadsError

FILE_MAX_BYTES: Final = 50 * 1024 * 1024
"""Telegram's limit for uploads by bots."""
SHOWN_TYPES: Final = frozenset(
    ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "video/mp4")
)
"""What a browser shows and cannot run."""
SHOWN_MAX_BYTES: Final = 10 * 1024 * 1024
"""Telegram's limit for photos; of a longer video the part is shown that the browser asks for."""

_CHUNK: Final = 256 * 1024
log = logging.getLogger(__name__)


class Received(NamedTuple):
    """A file that lies where uploads do. `note` is for its owner: why a picture is no photo."""

    id: uuid.UUID
    note: str | None


def receive(
    sessions: sessionmaker[Session],
    storage: Uploads,
    *,
    owner: int,
    name: str,
    stream: IO[bytes],
) -> Received:
    """Put what `stream` gives where uploads lie; memory stays constant. `keep` makes it usable.

    Raises:
        InvalidError: it is empty, over Telegram's limit, or a damaged picture.
        ConflictError: the quota is reached.
        UnavailableError: the storage does not take it.
    """
    size, digest, sort = _measure(stream)
    kept_name = uploads.name_for(name, media_kinds.of_content_type(sort.content_type).extensions)
    file = MediaFile(
        id=uuid.uuid4(),
        user_id=owner,
        name=kept_name,
        content_type=sort.content_type,
        kind=sort.kind,
        size=size,
        sha256=digest,
    )
    with sessions.begin() as session:
        session.add(file)
        session.flush()
        quotas.check(session, owner, "upload_bytes", added=size)
    stream.seek(0)
    try:
        storage.write(file.id, kept_name, stream)
    except UploadsError as error:
        log.error("upload_not_stored", extra={"place": storage.place, "error": str(error)})
        raise UnavailableError(f"the upload could not be stored: {error}") from None
    return Received(file.id, sort.note)


def keep(session: Session, caller: Caller, media_id: uuid.UUID) -> MediaFile:
    """Return the row of a file that has been received: from this commit on ads may name it."""
    file = session.get_one(MediaFile, media_id)
    file.stored = True
    session.flush()
    audit.record(session, caller, "media.upload", "media", file.id, _facts(file))
    return file


def get(session: Session, caller: Caller, media_id: uuid.UUID) -> MediaFile:
    """Return the row of an own upload, or of one that an ad names which the caller sees.

    Raises:
        NotFoundError: there is none.
    """
    file = session.get(MediaFile, media_id)
    if file is None or not file.stored:
        raise NotFoundError
    if file.user_id != caller.organisation_id:
        named = sa.cast(Advertisement.media_urls, sa.Text).contains(f"{uploads.PREFIX}{media_id}")
        if session.scalar(ads.query(caller).where(named).limit(1)) is None:
            raise NotFoundError
    return file


def read(storage: Uploads, file: MediaFile, span: range) -> bytes:
    """Return the bytes of an upload at the positions `span`.

    Raises:
        UnavailableError: the storage does not give them.
    """
    try:
        return b"".join(storage.read_parts(file.id, file.name, span))
    except UploadsError as error:
        log.error("upload_not_read", extra={"place": storage.place, "error": str(error)})
        raise UnavailableError(f"the upload could not be read: {error}") from None


def _facts(file: MediaFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256.hex(),
    }


def _measure(stream: IO[bytes]) -> tuple[int, bytes, Sort]:
    """Return the size, the SHA-256 and the sort of what `stream` gives."""
    head, before, size, digest = b"", b"", 0, hashlib.sha256()
    tracks: set[bytes] = set()
    while chunk := stream.read(_CHUNK):
        head = head or chunk[:HEAD_BYTES]
        size += len(chunk)
        if size > FILE_MAX_BYTES:
            raise InvalidError(file=f"is over Telegram's limit of {FILE_MAX_BYTES:,} bytes")
        digest.update(chunk)
        tracks |= tracks_in(before + chunk)
        before = chunk[-TRACK_BYTES:]
    if not size:
        raise InvalidError(file="is empty")
    return size, digest.digest(), sort_of(head, size, tracks, stream)
