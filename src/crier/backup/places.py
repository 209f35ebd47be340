"""Where backups are kept: a folder, or a bucket that speaks S3."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

import obstore
from obstore.exceptions import BaseError, NotFoundError

from crier.backup.errors import BackupError
from crier.backup.pumped import pumped
from crier.settings import Settings
from crier.storage.uploads.s3 import store_of

_END: Final = ".backup"
_PART: Final = ".part"
_PIECE_BYTES: Final = 8 * 1024 * 1024
_PATIENCE_S: Final = 120.0


class Place(Protocol):
    """Backups by their names, which sort by time."""

    name: str

    def write(self, name: str, stream: IO[bytes]) -> int:
        """Keep a stream under a name once it is whole; return its length in bytes.

        Raises:
            BackupError: the place takes it not. What reading the stream raises goes on.
        """

    def read(self, name: str) -> contextlib.AbstractContextManager[IO[bytes]]:
        """Give the stream.

        Raises:
            BackupError: there is no such backup, or the place does not answer.
        """

    def names(self) -> list[str]:
        """Return the names of all backups, the oldest first."""

    def remove(self, name: str) -> None:
        """Remove a backup."""


def place_of(settings: Settings) -> Place:
    """Return the place that the settings name.

    Raises:
        BackupError: they name none.
    """
    if settings.backups.s3 is not None:
        return Bucket(settings)
    if settings.backups.folder is not None:
        return Folder(settings.backups.folder)
    raise BackupError("there is no place for backups: set CRIER_BACKUP_TO to a folder")


class Folder:
    """A folder, which is made where it is missing."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = f"the folder {path}", path

    def write(self, name: str, stream: IO[bytes]) -> int:
        """As `Place.write`; unfinished files of earlier runs go."""
        part = self._path / (name + _PART)
        try:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            for left in self._path.glob(f"*{_END}{_PART}"):
                left.unlink()
            with open(part, "xb", opener=_private) as file:
                shutil.copyfileobj(stream, file, _PIECE_BYTES)
                file.flush()
                os.fsync(file.fileno())
                length = file.tell()
            part.rename(self._path / name)
            _sync(self._path)
        except BaseException as error:
            part.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise BackupError(f"{self.name} takes no backup: {error.strerror}") from None
            raise
        return length

    @contextmanager
    def read(self, name: str) -> Iterator[IO[bytes]]:
        """As `Place.read`."""
        try:
            file = (self._path / name).open("rb")
        except OSError as error:
            raise BackupError(f"{self._path / name} cannot be read: {error.strerror}") from None
        with file:
            yield file

    def names(self) -> list[str]:
        """As `Place.names`."""
        return sorted(path.name for path in self._path.glob(f"crier-*{_END}"))

    def remove(self, name: str) -> None:
        """As `Place.remove`."""
        (self._path / name).unlink(missing_ok=True)


class Bucket:
    """A bucket; each backup is one object."""

    def __init__(self, settings: Settings) -> None:
        assert settings.backups.s3 is not None
        self.name = f"the bucket {settings.backups.s3.bucket}"
        self._store = store_of(settings.backups.s3, _PATIENCE_S)

    def write(self, name: str, stream: IO[bytes]) -> int:
        """As `Place.write`; an upload that fails is taken back where S3 still answers."""
        length = 0

        def pieces() -> Iterator[bytes]:
            nonlocal length
            while piece := stream.read(_PIECE_BYTES):
                length += len(piece)
                yield piece

        with self._translated():
            obstore.put(self._store, name, pieces(), chunk_size=_PIECE_BYTES)
        return length

    @contextmanager
    def read(self, name: str) -> Iterator[IO[bytes]]:
        """As `Place.read`."""

        def fetch(out: IO[bytes]) -> None:
            with self._translated(name):
                for piece in obstore.get(self._store, name).stream(min_chunk_size=_PIECE_BYTES):
                    out.write(bytes(piece))

        with pumped(fetch) as stream:
            yield stream

    def names(self) -> list[str]:
        """As `Place.names`."""
        with self._translated():
            found = [one["path"] for page in obstore.list(self._store) for one in page]
        return sorted(name for name in found if name.startswith("crier-") and name.endswith(_END))

    def remove(self, name: str) -> None:
        """As `Place.remove`."""
        with self._translated():
            obstore.delete(self._store, name)

    @contextmanager
    def _translated(self, name: str = "") -> Iterator[None]:
        try:
            yield
        except (NotFoundError, FileNotFoundError):
            raise BackupError(f"{self.name} has no {name or 'such object'}") from None
        except BaseError as error:  # its text repeats addresses and whole answers
            raise BackupError(f"{self.name} does not do it ({type(error).__name__})") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    """Let a new name of a folder outlive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
