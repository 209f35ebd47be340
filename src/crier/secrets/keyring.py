"""Rings of secret keys: given in a setting, else kept in a file of the data folder.

A ring is a list of texts of at least 32 characters, the newest first: the newest is used for what
is made from now on, the others only to read what was made with them. The file is created with mode
0600 by `os.link` of a finished temporary file, which fails where somebody was faster: all processes
that start at once end up with the same key. A file ring is read again whenever the file has
changed, so that a rotation reaches running processes.
"""

import contextlib
import hashlib
import os
import secrets
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from crier.errors import CrierError
from crier.settings import Settings

MIN_CHARS = 32
_MIN_DIFFERENT_CHARS = 10
_GUESSABLE = ("changeme", "change-me", "secret", "password", "example", "default", "crier")


class KeyringError(CrierError):
    """A ring of keys is missing, too weak or cannot be read."""


@dataclass(frozen=True)
class Key:
    """One key of a ring: a public id, and 32 bytes for each purpose."""

    text: str = field(repr=False)

    @property
    def id(self) -> str:
        return hashlib.sha256(b"crier key id\0" + self.text.encode()).hexdigest()[:8]

    def derive(self, purpose: str) -> bytes:
        """32 bytes that belong to this key and `purpose` alone."""
        return hashlib.blake2b(
            purpose.encode(), key=hashlib.sha512(self.text.encode()).digest(), digest_size=32
        ).digest()


class Keyring:
    """A ring of keys, newest first."""

    def __init__(self, given: tuple[str, ...], path: Path) -> None:
        """Use the keys `given`; where there are none, those of the file, made if missing.

        Raises:
            KeyringError: a key is short or guessable, or the file cannot be read or made.
        """
        self._path = None if given else path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._keys = tuple(Key(check_key(text)) for text in given)
        if self._path:
            self._create()

    @classmethod
    def signing(cls, settings: Settings) -> "Keyring":
        """Return the ring that signs sessions, cursors and links: `CRIER_JWT_KEYS`, or in a
        file."""
        return cls(settings.jwt_keys, settings.data_dir / "keys" / "signing.keys")

    @property
    def path(self) -> Path | None:
        """The ring's file; None where the keys were given in a setting."""
        return self._path

    def keys(self) -> tuple[Key, ...]:
        """Return all keys as they are now, newest first; never empty."""
        if self._path is None:
            return self._keys
        with self._lock:
            try:
                status = self._path.stat()
                stamp = (status.st_mtime_ns, status.st_ino)
                if stamp != self._stamp:
                    lines = self._path.read_text(encoding="utf-8-sig").split()
                    self._keys, self._stamp = tuple(Key(check_key(line)) for line in lines), stamp
            except OSError as error:
                raise KeyringError(f"{self._path} cannot be read: {error.strerror}") from error
            if not self._keys:
                raise KeyringError(f"{self._path} holds no key: restore it from your backup")
            return self._keys

    @property
    def newest(self) -> Key:
        return self.keys()[0]

    def find(self, key_id: str) -> Key | None:
        """Return the key of that id, if the ring has it."""
        return next((key for key in self.keys() if key.id == key_id), None)

    def put(self, keys: tuple[Key, ...]) -> None:
        """Replace the file's keys at once and for everybody (only for a ring in a file)."""
        if self._path is None:
            raise KeyringError("the keys are given in a setting: change them there")
        temporary = self._write("".join(f"{key.text}\n" for key in keys))
        temporary.replace(self._path)

    def _create(self) -> None:
        assert self._path is not None
        try:
            if self._path.exists():
                return
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self._write(f"{new_key().text}\n")
            with contextlib.suppress(FileExistsError):
                os.link(temporary, self._path)
            temporary.unlink()
        except OSError as error:
            raise KeyringError(f"{self._path} cannot be made: {error.strerror}") from error

    def _write(self, content: str) -> Path:
        """Return a finished, synced temporary file with mode 0600 beside the ring's file."""
        assert self._path is not None
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".keys-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if os.geteuid() == 0:  # a command of root's: the API's account is to read it
                folder = self._path.parent.stat()
                os.fchown(file.fileno(), folder.st_uid, folder.st_gid)
        return Path(name)


def new_key() -> Key:
    """Return a fresh key of 256 random bits."""
    return Key(secrets.token_urlsafe(32))


def check_key(text: str) -> str:
    """`text`, where it can serve as a key.

    Raises:
        KeyringError: it is short or guessable.
    """
    lowered = text.lower()
    if len(text) < MIN_CHARS:
        raise KeyringError(f"a key must have at least {MIN_CHARS} characters: {_ADVICE}")
    if len(set(text)) < _MIN_DIFFERENT_CHARS or lowered.startswith(_GUESSABLE):
        raise KeyringError(f"a key is easy to guess: {_ADVICE}")
    return text


_ADVICE = "make one with `openssl rand -base64 32`"
