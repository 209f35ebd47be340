"""What both storages of uploads do, and how they fail.

CrierError
└── UploadsError          a file cannot be written, read or removed; the text names no host
    ├── MissingError      it is not there
    ├── UploadRefusedError      S3 refuses: a wrong key, bucket or region; somebody has to act
    └── UploadUnavailableError  no answer, or no room: trying again later may do
"""

import asyncio
import io
import uuid
from collections.abc import Iterator
from typing import IO, Final, Protocol

from crier.errors import CrierError

PIECE_BYTES: Final = 1024 * 1024
_PROBE: Final = b"Crier was here"


class UploadsError(CrierError):
    """The storage of uploads does not do what was asked."""


class MissingError(UploadsError):
    """There is no such file."""


class UploadRefusedError(UploadsError):
    """The storage refuses us: its settings, or the key's permissions, have to be put right."""


class UploadUnavailableError(UploadsError):
    """The storage does not answer, or has no room."""


class Uploads(Protocol):
    """Keeps files as `media/<id>/<name>`. An id is used once; a file never changes."""

    @property
    def place(self) -> str:
        """Where the files lie, for people; holds no secret."""

    def write(self, media_id: uuid.UUID, name: str, stream: IO[bytes]) -> None:
        """Keep what `stream` gives, whole or not at all; memory stays constant.

        Raises:
            UploadsError: it could not be written.
        """

    async def read(self, media_id: uuid.UUID, name: str) -> bytes:
        """Return the whole content.

        Raises:
            UploadsError: it could not be read.
        """

    def read_parts(self, media_id: uuid.UUID, name: str, span: range) -> Iterator[bytes]:
        """The bytes at the positions `span`, in pieces of at most `PIECE_BYTES`. Blocking.

        Raises:
            UploadsError: they could not be read, or there are not so many.
        """

    def remove(self, media_id: uuid.UUID, name: str) -> None:
        """Make sure that the file is not there.

        Raises:
            UploadsError: it could not be removed.
        """


def check(storage: Uploads) -> None:
    """Write, read and remove a small file: what the platform needs of its storage. Blocking.

    Raises:
        UploadsError: one of the three fails.
    """
    media_id = uuid.uuid4()
    storage.write(media_id, "check", io.BytesIO(_PROBE))
    if asyncio.run(storage.read(media_id, "check")) != _PROBE:
        raise UploadRefusedError(
            "the storage of uploads gives back something else than was written"
        )
    storage.remove(media_id, "check")
