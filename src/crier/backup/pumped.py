"""Work that writes a stream, read from the other end."""

import io
import os
import threading
from collections.abc import Callable
from typing import IO

_BUFFER_BYTES = 1 << 16
Work = Callable[[IO[bytes]], None]


def pumped(work: Work) -> io.BufferedReader:
    """Return the stream that `work` writes; see `Pumped`."""
    return io.BufferedReader(Pumped(work), _BUFFER_BYTES)


class Pumped(io.RawIOBase):
    """Reads what `work` writes, on a thread of its own, into a pipe.

    Nothing is held but the pipe's content. Where `work` fails its error is raised in the place of
    the end, so that half a stream never passes for a whole one. Closed early, it ends `work` by a
    `BrokenPipeError` at its next write.
    """

    def __init__(self, work: Work) -> None:
        reading, writing = os.pipe()
        self._pipe = os.fdopen(reading, "rb", buffering=0)
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work, writing), daemon=True)
        self._thread.start()

    def _run(self, work: Work, writing: int) -> None:
        try:
            with os.fdopen(writing, "wb", buffering=_BUFFER_BYTES) as out:
                work(out)
        except BaseException as error:  # noqa: BLE001 (raised again at the reader's end)
            self.error = error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        count = self._pipe.readinto(buffer)  # type: ignore[arg-type]
        if not count:
            self._thread.join()
            if self.error is not None:
                raise self.error
        return count or 0

    def close(self) -> None:
        self._pipe.close()
        self._thread.join()
        super().close()
