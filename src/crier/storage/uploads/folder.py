"""Uploads in the data folder: for one machine, or several that share the folder."""

import asyncio
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from crier.storage.uploads.base import (
    PIECE_BYTES,
    MissingError,
    UploadsError,
    UploadUnavailableError,
)

_PART = ".part"


class FolderUploads:
    """Files below one folder, each in a folder of its own.

    A file is written and synced as `.part`, and only then gets its name.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def place(self) -> str:
        """The folder."""
        return f"the folder {self._root}"

    def write(self, media_id: uuid.UUID, name: str, stream: IO[bytes]) -> None:
        """As `Uploads.write`; a full disk is `UploadUnavailableError`."""
        folder = self._root / str(media_id)
        try:
            folder.mkdir(parents=True, mode=0o700)
            try:
                _copy(stream, folder / _PART)
                (folder / _PART).rename(folder / name)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        except OSError as error:
            raise UploadUnavailableError(
                f"the data folder takes no upload: {error.strerror}"
            ) from None

    async def read(self, media_id: uuid.UUID, name: str) -> bytes:
        """As `Uploads.read`."""
        return await asyncio.to_thread(self._read, media_id, name)

    def read_parts(self, media_id: uuid.UUID, name: str, span: range) -> Iterator[bytes]:
        """As `Uploads.read_parts`."""
        try:
            with (self._root / str(media_id) / name).open("rb") as file:
                file.seek(span.start)
                for start in range(span.start, span.stop, PIECE_BYTES):
                    length = min(PIECE_BYTES, span.stop - start)
                    data = file.read(length)
                    if len(data) != length:
                        raise UploadUnavailableError("a file is shorter than it was")
                    yield data
        except OSError as error:
            raise _unread(media_id, error) from None

    def remove(self, media_id: uuid.UUID, name: str) -> None:
        """As `Uploads.remove`; its folder goes with it."""
        try:
            shutil.rmtree(self._root / str(media_id))
        except FileNotFoundError:
            return
        except OSError as error:
            raise UploadUnavailableError(f"an upload cannot be removed: {error.strerror}") from None

    def _read(self, media_id: uuid.UUID, name: str) -> bytes:
        try:
            return (self._root / str(media_id) / name).read_bytes()
        except OSError as error:
            raise _unread(media_id, error) from None


def _unread(media_id: uuid.UUID, error: OSError) -> UploadsError:
    if isinstance(error, FileNotFoundError):
        return MissingError(
            f"the upload {media_id} is not in the data folder: workers and API need the same"
        )
    return UploadUnavailableError(f"an upload cannot be read: {error.strerror}")


def _copy(stream: IO[bytes], target: Path) -> None:
    with target.open("xb") as out:
        shutil.copyfileobj(stream, out, 256 * 1024)
        out.flush()
        os.fsync(out.fileno())
