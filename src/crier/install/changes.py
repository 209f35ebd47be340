"""What is to be done for a server to have what is wanted, or to have nothing of it any more.

`installed.json` holds what was written, with the hash of each file: what somebody changed since is
neither overwritten nor removed, and nothing is that somebody else wrote.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from crier.install.errors import InstallError
from crier.install.files import FOLDERS, TextFile, Wanted, below_root

MANIFEST: Final = "/etc/crier/installed.json"


@dataclass
class Installed:
    """What was written here: hashes of files, targets of links, folders that were not there."""

    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, root: Path) -> "Installed":
        """Read that of a server; an empty one where nothing was written."""
        try:
            return cls(**json.loads(below_root(root, MANIFEST).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError):
            raise InstallError(f"{MANIFEST} is no list of what was installed: restore it") from None


@dataclass(frozen=True)
class FileChange:
    """One step: what happens to a path."""

    kind: Literal["folder", "write", "link", "remove", "leave"]
    path: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.kind:<7} {self.path}{f' ({self.note})' if self.note else ''}"


def to_install(root: Path, wanted: Wanted, known: Installed) -> list[FileChange]:
    """Return what differs from what is wanted, in its order.

    Raises:
        InstallError: a file of somebody else's, or a changed one, is in the way.
    """
    folders = [*FOLDERS, *{str(Path(path).parent) for path in [*wanted.files, *wanted.links]}]
    missing = {part for folder in folders for part in _missing(root, folder)}
    found = [FileChange("folder", path) for path in sorted(missing)]
    for path, file in wanted.files.items():
        place = below_root(root, path)
        if not place.exists():
            found.append(FileChange("write", path, "secret" if file.mode == 0o600 else ""))
        elif not file.is_kept and place.read_text(encoding="utf-8") != file.text:
            _check_ours(path, place, known)
            found.append(FileChange("write", path, "anew"))
    for path, target in wanted.links.items():
        place = below_root(root, path)
        if place.is_symlink() and place.readlink() == Path(target):
            continue
        if place.is_symlink() or place.exists():
            raise InstallError(f"{path} is there and leads elsewhere: remove it, and try again")
        found.append(FileChange("link", path, f"to {target}"))
    gone = [*(known.links.keys() - wanted.links), *(known.files.keys() - wanted.files)]
    return [*found, *(_removal(root, path, known) for path in gone)]


def to_uninstall(root: Path, known: Installed) -> list[FileChange]:
    """Return how everything that was written goes; folders only where nothing else is in them."""
    found = [_removal(root, path, known) for path in [*known.links, *known.files]]
    left = {change.path for change in found if change.kind == "leave"}
    if found:
        found.append(FileChange("remove", MANIFEST))
    gone = {change.path for change in found} - left
    for folder in sorted(known.folders, reverse=True):
        if below_root(root, folder).is_dir():
            held = {f"{folder}/{part.name}" for part in below_root(root, folder).iterdir()}
            if held <= gone:
                gone.add(folder)
                found.append(FileChange("remove", folder))
            else:
                found.append(FileChange("leave", folder, "not empty"))
    return found


def _removal(root: Path, path: str, known: Installed) -> FileChange:
    place = below_root(root, path)
    if not (place.exists() or place.is_symlink()):
        return FileChange("leave", path, "gone already")
    if path in known.files and digest(place.read_bytes()) != known.files[path]:
        return FileChange("leave", path, "changed since it was written")
    return FileChange("remove", path)


def _check_ours(path: str, place: Path, known: Installed) -> None:
    if known.files.get(path) != digest(place.read_bytes()):
        raise InstallError(
            f"{path} was not written by crier install, or was changed since: move it away, and "
            "try again"
        )


def _missing(root: Path, folder: str) -> Iterator[str]:
    for part in (Path(folder), *Path(folder).parents):
        if not below_root(root, str(part)).exists():
            yield str(part)


def carry_out(
    root: Path, changes: list[FileChange], wanted: Wanted | None, known: Installed
) -> None:
    """Do it, and write down what is ours now.

    Raises:
        InstallError: this account may not write there.
    """
    try:
        try:
            for change in changes:
                _do(below_root(root, change.path), change, wanted, known)
        finally:  # also of what was done before something failed
            if known.files or known.links:
                text = json.dumps(asdict(known), indent=2) + "\n"
                _write(below_root(root, MANIFEST), TextFile(text))
    except PermissionError as error:
        raise InstallError(f"cannot write {error.filename}: run this as root") from None


def _do(place: Path, change: FileChange, wanted: Wanted | None, known: Installed) -> None:
    path = change.path
    match change.kind:
        case "folder":
            place.mkdir()
            known.folders.append(path)
        case "write":
            assert wanted is not None
            _write(place, wanted.files[path])
            known.files[path] = digest(wanted.files[path].text.encode())
        case "link":
            assert wanted is not None
            place.symlink_to(wanted.links[path])
            known.links[path] = wanted.links[path]
        case "remove" if place.is_dir() and not place.is_symlink():
            place.rmdir()
        case "remove":
            place.unlink()
    if change.kind in ("remove", "leave"):
        known.files.pop(path, None)
        known.links.pop(path, None)
        known.folders[:] = [folder for folder in known.folders if folder != path]


def _write(place: Path, file: TextFile) -> None:
    """Put a whole file in its place at once; nobody else may read a secret on the way."""
    new = place.with_name(f"{place.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(file.text)
    new.chmod(file.mode)
    new.replace(place)


def digest(content: bytes) -> str:
    """Return the hash that the list of what was written has of a file."""
    return hashlib.sha256(content).hexdigest()
