"""What a backup holds: a tar file of a manifest, keys, erasures, uploads, and the database's dump.

The dump comes in pieces, since a tar file says the length of each of its files before it.
"""

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from crier.backup.errors import DamagedError

FOLDERS: Final = ("keys", "erasures", "media")
"""Of the data folder, what a backup holds. A name with a dot before it, or `.part` after it, is of
a file that is not finished."""
_DUMP: Final = "database"
_PIECE_BYTES: Final = 4 * 1024 * 1024
_LARGEST_MANIFEST: Final = 1_000_000


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself, sealed."""

    made_at: str
    version: str
    schema: str
    counts: dict[str, int]
    uploads: str
    """Where uploads are: those of a bucket are no part of a backup."""

    def __str__(self) -> str:
        counts = ", ".join(f"{count:,} {name}" for name, count in self.counts.items())
        return f"a backup of {self.made_at} by Crier {self.version}: {counts}"


def write(out: IO[bytes], manifest: Manifest, data_dir: Path, dump: IO[bytes]) -> None:
    """Write everything; a file that goes meanwhile is left out."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, "manifest.json", json.dumps(asdict(manifest)).encode())
        for folder in FOLDERS:
            for path in _files(data_dir / folder):
                _add_file(tar, path, str(path.relative_to(data_dir)))
        for number, piece in enumerate(iter(lambda: dump.read(_PIECE_BYTES), b"")):
            _add(tar, f"{_DUMP}/{number:08}", piece)
        _add(tar, "end", b"")


def read(
    source: IO[bytes],
    file: Callable[[str, IO[bytes]], None],
    dump: Callable[[bytes], object],
) -> Manifest:
    """Read to the end: files go to `file` with their path, the dump's pieces to `dump`.

    Raises:
        DamagedError: it is not whole.
    """
    manifest, is_whole = None, False
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                stream = tar.extractfile(member)
                if stream is None:
                    continue
                if member.name == "manifest.json":
                    manifest = Manifest(**json.loads(stream.read(_LARGEST_MANIFEST)))
                elif member.name.startswith(f"{_DUMP}/"):
                    dump(stream.read())
                elif member.name == "end":
                    is_whole = True
                else:
                    file(_checked(member.name), stream)
    except (tarfile.TarError, ValueError, TypeError):
        raise DamagedError from None
    if manifest is None or not is_whole:
        raise DamagedError
    while source.read(1 << 16):  # the seal's last piece is checked when it is read
        pass
    return manifest


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    tar.addfile(member, io.BytesIO(data))


def _add_file(tar: tarfile.TarFile, path: Path, name: str) -> None:
    try:
        with path.open("rb") as stream:
            member = tarfile.TarInfo(name)
            member.size, member.mode = os.fstat(stream.fileno()).st_size, 0o600
            tar.addfile(member, stream)
    except FileNotFoundError:
        return


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):  # what goes meanwhile is no error
        folders.sort()
        for path in (Path(place) / name for name in sorted(names)):
            is_unfinished = path.name.startswith(".") or path.suffix == ".part"
            if path.is_file() and not path.is_symlink() and not is_unfinished:
                yield path


def _checked(name: str) -> str:
    """Return the path of a file that stays where it belongs."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or path.parts[0] not in FOLDERS:
        raise DamagedError
    return name
