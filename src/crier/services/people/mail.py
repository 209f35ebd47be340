"""Mail addresses of accounts, and what goes there: confirming one, a lost password, new devices.

An address counts once a link that was sent there is opened. What a link holds is sealed and good
for a time; one for a new password also names the password and tokens of then (`challenges.state`),
so it is good once, and void when the account changes. Invariants: an account has one address at
most; several accounts may have the same, and nobody signs in by it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.secrets.vault import MAIL, Vault, VaultError
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ForbiddenError
from crier.services.people import accounts, administration, challenges, outbox, sign_ins
from crier.services.people.outbox import Letter
from crier.storage.models.people import MailAddress, User

CONFIRM_FOR: Final = timedelta(hours=24)
RESET_FOR: Final = timedelta(minutes=30)
Link = Callable[[str, str], str]
"""Makes a link of a page's name and a token."""
_BAD_LINK: Final = (
    "this link is not good: it was used, is too old, or is not whole; ask for another"
)


class _Token(msgspec.Struct):
    purpose: Literal["confirm", "reset"]
    user_id: int
    address: str
    state: tuple[int, str] | None
    until: datetime


def of(session: Session, user_id: int) -> MailAddress | None:
    """Return the address of an account, confirmed or not."""
    return session.get(MailAddress, user_id, populate_existing=True)


def put(session: Session, vault: Vault, caller: Caller, address: str, link: Link) -> MailAddress:
    """Set the caller's address, and send a link there that confirms it."""
    forget(session, caller.user_id)
    row = MailAddress(user_id=caller.user_id, address=address)
    session.add(row)
    session.flush()
    until = datetime.now(UTC) + CONFIRM_FOR
    token = _seal(vault, _Token("confirm", caller.user_id, address, None, until))
    text = (
        f"Somebody, probably you, wants to get mail for the account {caller.username} here.\n\n"
        f"Confirm within a day:\n{link('confirm-mail', token)}\n\n"
        "If that was not you, do nothing.\n"
    )
    outbox.put(session, vault, caller.user_id, Letter(address, "Confirm your address", text))
    audit.record(session, caller, "user.set_mail", "user", caller.user_id, {"address": address})
    session.refresh(row)
    return row


def remove(session: Session, caller: Caller) -> None:
    """Let the caller get no mail any more."""
    forget(session, caller.user_id)
    audit.record(session, caller, "user.remove_mail", "user", caller.user_id)


def forget(session: Session, user_id: int) -> None:
    """Forget the address of an account."""
    session.execute(sa.delete(MailAddress).where(MailAddress.user_id == user_id))


def confirm(session: Session, vault: Vault, text: str, *, ip: str | None) -> None:
    """Confirm the address that a link was sent to.

    Raises:
        ForbiddenError: the link is not good (any more).
    """
    token = _open(vault, text, "confirm")
    row, user = of(session, token.user_id), session.get(User, token.user_id)
    if row is None or user is None or row.address != token.address or row.verified_at is not None:
        raise ForbiddenError(_BAD_LINK)
    row.verified_at = datetime.now(UTC)
    session.flush()
    details = {"address": row.address}
    audit.record(session, user.username, "user.confirm_mail", "user", user.id, details, ip=ip)


def forgotten(session: Session, vault: Vault, username: str, link: Link) -> None:
    """Send a link for a new password where an active account of that name has a confirmed
    address."""
    user = accounts.find_by_name(session, username)
    row = _confirmed(session, user.id) if user and user.is_active else None
    if user is None or row is None:
        return
    state, until = challenges.state(vault, user), datetime.now(UTC) + RESET_FOR
    token = _seal(vault, _Token("reset", user.id, row.address, state, until))
    text = (
        f"Somebody, probably you, has forgotten the password of the account {user.username}.\n\n"
        f"Take a new one within half an hour:\n{link('reset-password', token)}\n\n"
        "If that was not you, do nothing: the password stays as it is.\n"
    )
    outbox.put(session, vault, user.id, Letter(row.address, "A new password", text))


def check_reset(session: Session, vault: Vault, text: str) -> User:
    """Return the account that a link gives a new password to.

    Raises:
        ForbiddenError: the link is not good (any more).
    """
    token = _open(vault, text, "reset")
    user = session.get(User, token.user_id, populate_existing=True)
    row = _confirmed(session, token.user_id)
    same = user is not None and token.state == challenges.state(vault, user)
    if (
        user is None
        or not user.is_active
        or row is None
        or row.address != token.address
        or not same
    ):
        raise ForbiddenError(_BAD_LINK)
    return user


def reset(session: Session, vault: Vault, text: str, password_hash: str, *, ip: str | None) -> None:
    """Set the new password: sign-ins end and API keys are revoked; second factors stay.

    Raises:
        ForbiddenError: the link is not good (any more).
    """
    accounts.lock(session)  # a second request with the same link waits, and finds it used
    user = check_reset(session, vault, text)
    who = sign_ins.caller_of(user, ip)
    administration.reset_password(session, who, user.id, password_hash)
    tell(session, vault, user, "Your password was changed", "by a link that was sent to you")


def tell_of_device(session: Session, vault: Vault, user: User, ip: str | None, agent: str) -> None:
    """Tell somebody of a sign-in from a device that was not seen before."""
    what = f"from {ip or 'an unknown address'}, by {agent[:200] or 'an unknown program'}"
    tell(session, vault, user, "A new device has signed in", what)


def tell(session: Session, vault: Vault, user: User, subject: str, what: str) -> None:
    """Tell somebody what has happened to the account, where there is a confirmed address."""
    row = _confirmed(session, user.id)
    if row is None:
        return
    text = (
        f"{subject}: {what}.\n\nAccount: {user.username}\n"
        f"Time: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n"
        "If that was not you, sign in, end the other sessions and change your password, or ask an "
        "admin.\n"
    )
    outbox.put(session, vault, user.id, Letter(row.address, subject, text))


def _confirmed(session: Session, user_id: int) -> MailAddress | None:
    row = of(session, user_id)
    return row if row is not None and row.verified_at is not None else None


def _seal(vault: Vault, token: _Token) -> str:
    return vault.seal(msgspec.json.encode(token).decode(), MAIL)


def _open(vault: Vault, text: str, purpose: str) -> _Token:
    try:
        token = msgspec.json.decode(vault.open(text, MAIL), type=_Token)
    except (VaultError, msgspec.MsgspecError):
        raise ForbiddenError(_BAD_LINK) from None
    if token.purpose != purpose or token.until <= datetime.now(UTC):
        raise ForbiddenError(_BAD_LINK)
    return token
