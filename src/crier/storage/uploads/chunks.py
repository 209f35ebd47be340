"""Lets an upload be written from chunks as they are made, counted and summed on their way."""

import hashlib
import io
from collections.abc import Iterator

from typing_extensions import Buffer


class ChunkStream(io.RawIOBase):
    """Reads what an iterator of chunks gives, holding one of them.

    Give a storage `whole`: S3 takes no small part but the last. Storages give any failure of what
    they read as one of their own: `error` is what the iterator raised.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._waiting = memoryview(b"")
        self._digest = hashlib.sha256()
        self.size = 0
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, into: Buffer, /) -> int:
        """Fill `into` as far as the current chunk goes; 0 is the end."""
        if not self._waiting and not self._take():
            return 0
        with memoryview(into) as target:
            count = min(len(target), len(self._waiting))
            target[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count

    @property
    def whole(self) -> io.BufferedReader:
        """The same, where each read gives as much as was asked for unless the chunks end."""
        return io.BufferedReader(self)

    @property
    def sha256(self) -> bytes:
        """Of all that was read."""
        return self._digest.digest()

    def _take(self) -> bool:
        """Take the next chunk that is not empty; False where there is none."""
        try:
            chunk = next(filter(None, self._chunks), b"")
        except Exception as error:
            self.error = error
            raise OSError("what is written cannot be made") from error
        self._digest.update(chunk)
        self.size += len(chunk)
        self._waiting = memoryview(chunk)
        return bool(chunk)
