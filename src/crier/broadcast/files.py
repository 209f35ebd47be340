"""The uploads that runners read before a bot has a file_id: in bounded memory, and seldom while the
storage fails.

What is read is held until Telegram has it, twice (the file, and the body made of it). So the sends
of all bots of a worker share `ROOM_BYTES`, in the order in which they ask. Everything happens on
one event loop. After a failure the storage is not asked for `REST_S`, and all that ask meanwhile
get the same error: a thousand bots do not wait for a thousand timeouts.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

from crier.storage.uploads import MissingError, Uploads, UploadsError
from crier.telegram.client import Upload

ROOM_BYTES: Final = 256 * 1024 * 1024
REST_S: Final = 2.0
log = logging.getLogger(__name__)


class FileRow(NamedTuple):
    """What is known of an upload; `size` is in bytes."""

    source: str
    id: uuid.UUID
    name: str
    content_type: str
    size: int


class Files:
    """Reads uploads for all runners of this worker."""

    def __init__(self, storage: Uploads, room_bytes: int = ROOM_BYTES) -> None:
        self._storage = storage
        self._room = self._free = room_bytes
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()
        self._learning: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()
        self._trouble: UploadsError | None = None
        self._rest_until = 0.0

    def learning(self, bot_id: int, source: str) -> asyncio.Lock:
        """Return the lock under which a bot's file_id of a medium is learnt."""
        return self._learning.setdefault((bot_id, source), asyncio.Lock())

    @contextlib.asynccontextmanager
    async def opened(self, rows: Sequence[FileRow]) -> AsyncIterator[list[Upload]]:
        """Read the files in order, and hold them for the block.

        Raises:
            UploadsError: one cannot be read now.
        """
        wanted = min(2 * sum(row.size for row in rows), self._room)
        async with self._turn:  # one at a time waits for room
            while self._free < wanted:
                self._freed.clear()
                await self._freed.wait()
            self._free -= wanted
        try:
            yield [Upload(await self._read(row), row.name, row.content_type) for row in rows]
        finally:
            self._free += wanted
            self._freed.set()

    async def _read(self, row: FileRow) -> bytes:
        if self._trouble is not None and time.monotonic() < self._rest_until:
            raise self._trouble
        try:
            return await self._storage.read(row.id, row.name)
        except UploadsError as error:
            place = self._storage.place
            log.warning("upload_not_read", extra={"place": place, "error": str(error)})
            if not isinstance(error, MissingError):
                self._trouble, self._rest_until = error, time.monotonic() + REST_S
            raise
