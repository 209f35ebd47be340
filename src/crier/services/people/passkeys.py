"""Passkeys (WebAuthn): the rows, and the site that they are good for. `passkey_checks.py` checks.

A passkey is a key pair in a device, bound to a host name (the *relying party id*); a browser uses
it on pages of that host alone. Invariants: a credential is one account's, by the unique index on
`credential_id`; an account has `MOST` at most, and the lock of its row is held while one is added.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier import setting_values
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ConflictError, NotFoundError
from crier.settings import Settings
from crier.storage.models.people import Passkey

MOST: Final = 20
"""Passkeys of one account."""
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Site:
    """What passkeys are bound to: a host name, and the origin of the dashboard's pages."""

    host: str
    origin: str


@dataclass(frozen=True)
class Credential:
    """What Crier keeps of a passkey that a browser has made."""

    id: bytes
    public_key: bytes
    sign_count: int


def site_of(settings: Settings) -> Site:
    """Return where passkeys work: at `CRIER_PUBLIC_URL`, or `localhost` where that is loopback.

    Raises:
        ConflictError: browsers use no passkeys there; the text says what to set.
    """
    fault = fault_of(settings)
    if fault is not None:
        raise ConflictError(fault)
    parts = urlsplit(settings.public_url or settings.http_url)
    host = parts.hostname or ""
    host = "localhost" if setting_values.is_loopback(host) else host
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return Site(host, f"{parts.scheme}://{host}{port}")


def fault_of(settings: Settings) -> str | None:
    """Return why browsers use no passkeys on this platform, and what to do; None where they do."""
    url = settings.public_url or settings.http_url
    host = urlsplit(url).hostname or ""
    if setting_values.is_loopback(host):
        return None
    if not url.startswith("https://"):
        return f"passkeys need https, and this is {url}: set CRIER_PUBLIC_URL to an https address"
    if _is_address(host):
        return f"passkeys need a host name: CRIER_PUBLIC_URL is {url}"
    return None


def of(user_id: int) -> sa.Select[Passkey]:
    """Return the query of an account's passkeys, the oldest first."""
    return sa.select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)


def check_room(session: Session, user_id: int) -> None:
    """Refuse one more where an account has `MOST`.

    Raises:
        ConflictError: it has.
    """
    held = sa.select(sa.func.count()).select_from(Passkey).filter_by(user_id=user_id)
    if (session.scalar(held) or 0) >= MOST:
        raise ConflictError(f"{MOST} passkeys are the most: remove one first")


def add(session: Session, user_id: int, site: Site, made: Credential, name: str) -> Passkey:
    """Add a passkey that was checked, under the lock of the account's row.

    Raises:
        ConflictError: it is known already, or the account has `MOST`.
    """
    check_room(session, user_id)
    if session.scalar(sa.select(Passkey.id).filter_by(credential_id=made.id)):
        raise ConflictError("this passkey has been added already")
    row = Passkey(
        user_id=user_id,
        host=site.host,
        credential_id=made.id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=name,
    )
    session.add(row)
    session.flush()
    return row


def rename(session: Session, caller: Caller, passkey_id: int, name: str) -> Passkey:
    """Give one of the caller's passkeys another name.

    Raises:
        NotFoundError: it is not there, or another's.
    """
    row = get(session, caller.user_id, passkey_id)
    before, row.name = row.name, name
    session.flush()
    if before != name:
        details = {"before": before, "after": name}
        audit.record(session, caller, "user.rename_passkey", "user", caller.user_id, details)
    return row


def get(session: Session, user_id: int, passkey_id: int) -> Passkey:
    """Return one of an account's passkeys, locked.

    Raises:
        NotFoundError: it is not there, or another's.
    """
    row = session.scalar(of(user_id).where(Passkey.id == passkey_id).with_for_update())
    if row is None:
        raise NotFoundError("no such passkey")
    return row


def forget(session: Session, user_id: int) -> None:
    """Forget all passkeys of an account."""
    session.execute(sa.delete(Passkey).where(Passkey.user_id == user_id))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
