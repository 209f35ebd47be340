"""Seals a stream with age (https://age-encryption.org/v1), by a passphrase or a public key.

A sealed stream is a line of JSON and an age file for one X25519 recipient. The line says which form
it has and when it was made. Where a passphrase is used, each backup has a key pair of its own, and
its private half is in that line, sealed by the passphrase with age's scrypt.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final

import pyrage

from crier.backup.errors import BackupError, DamagedError
from crier.backup.pumped import Pumped, Work, pumped
from crier.settings import Settings

FORM: Final = 1
_LONGEST_LINE: Final = 4096


@dataclass(frozen=True)
class Header:
    """The first line of a backup. It is not sealed: what counts is said again inside."""

    made_at: datetime
    identity: bytes | None
    """The private key, sealed by a passphrase; None where it is elsewhere."""

    def line(self) -> bytes:
        sealed = base64.b64encode(self.identity).decode() if self.identity else None
        known = {"crier-backup": FORM, "made_at": self.made_at.isoformat(), "identity": sealed}
        return json.dumps(known).encode() + b"\n"


def sealed(settings: Settings, made_at: datetime, fill: Work) -> IO[bytes]:
    """Return the sealed stream of what `fill` writes.

    Raises:
        BackupError: no setting says what to seal with, or the key cannot be read.
    """
    recipient, identity = _recipient(settings)
    header = Header(made_at, identity)

    def work(out: IO[bytes]) -> None:
        out.write(header.line())
        with Pumped(fill) as plain:
            try:
                pyrage.encrypt_io(plain, out, [recipient])
            except pyrage.EncryptError as error:  # it repeats what `fill` has failed with as a text
                raise plain.error or error from None

    return pumped(work)


def opened(settings: Settings, source: IO[bytes], identity: str | None = None) -> IO[bytes]:
    """Return what a sealed stream holds; `identity` is the private key of a public one.

    Raises:
        BackupError: it is none, or the key is missing or wrong. DamagedError (while it is read):
            something of it was changed or is missing.
    """
    header = read_header(source)
    key = _identity(settings, header, identity)

    def work(out: IO[bytes]) -> None:
        try:
            pyrage.decrypt_io(source, out, [key])
        except pyrage.DecryptError as error:
            if "No matching keys" in str(error):
                raise BackupError("the backup is sealed for another key than this one") from None
            raise DamagedError from None
        except BrokenPipeError:  # nobody reads any more
            raise
        except OSError as error:
            if error.errno is None:  # not the system's, but age's
                raise DamagedError from None
            raise BackupError(f"the backup cannot be read: {error.strerror}") from None

    return pumped(work)


def read_header(source: IO[bytes]) -> Header:
    """Read the first line of a backup.

    Raises:
        BackupError: it is no backup, or one of a newer Crier.
    """
    line = bytearray()
    while len(line) < _LONGEST_LINE and not line.endswith(b"\n"):
        if not (byte := source.read(1)):
            break
        line += byte
    try:
        known: dict[str, Any] = json.loads(line)
        form, made_at = known["crier-backup"], datetime.fromisoformat(known["made_at"])
        sealed_identity = known["identity"]
        identity = base64.b64decode(sealed_identity, validate=True) if sealed_identity else None
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise BackupError("this is no backup of Crier") from None
    if form != FORM:
        raise BackupError(f"the backup has form {form}, which this release does not know")
    return Header(made_at, identity)


def _recipient(settings: Settings) -> tuple[pyrage.x25519.Recipient, bytes | None]:
    if settings.backups.recipient:
        try:
            return pyrage.x25519.Recipient.from_str(settings.backups.recipient), None
        except pyrage.RecipientError:
            raise BackupError("CRIER_BACKUP_RECIPIENT is no public key of age (age1…)") from None
    if settings.backups.passphrase:
        identity = pyrage.x25519.Identity.generate()
        private = str(identity).encode()
        return identity.to_public(), pyrage.passphrase.encrypt(private, settings.backups.passphrase)
    raise BackupError(
        "a backup holds every secret of the platform: set CRIER_BACKUP_PASSPHRASE, or "
        "CRIER_BACKUP_RECIPIENT to a public key of age"
    )


def _identity(settings: Settings, header: Header, identity: str | None) -> "pyrage.x25519.Identity":
    try:
        if header.identity is None:
            if identity is None:
                raise BackupError("the backup is sealed for a public key: name the private one")
            return pyrage.x25519.Identity.from_str(identity.strip())
        if not settings.backups.passphrase:
            raise BackupError("the backup is sealed: set CRIER_BACKUP_PASSPHRASE")
        private = pyrage.passphrase.decrypt(header.identity, settings.backups.passphrase)
        return pyrage.x25519.Identity.from_str(private.decode())
    except pyrage.DecryptError:
        raise BackupError("CRIER_BACKUP_PASSPHRASE does not open this backup") from None
    except pyrage.IdentityError:
        raise BackupError("the file of --identity holds no private key of age") from None
