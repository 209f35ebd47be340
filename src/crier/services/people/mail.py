"""Mail addresses of accounts, and links that prove something: confirming one, a lost password.

An address counts once a link that was sent there is opened. What a link holds is sealed and good
for a time; one for a new password also names the password and tokens of then (`challenges.state`)
and where it went, so it is good once, and void when the account, its address or its linked chat
changes. Invariants: an account has one address at most; several accounts may have the same, and
nobody signs in by it.

Asking for a link does the same work for every name: whether there is somebody to send it to is
found out by the worker, which nobody can time.
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
from crier.services.people import (
    accounts,
    administration,
    challenges,
    linked_chats,
    notices,
    outbox,
    sign_ins,
)
from crier.services.people.outbox import Channel, Letter, ResetRequest
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
    letter = Letter(address, "Confirm your address", text)
    outbox.put(session, vault, caller.user_id, letter, channel="mail")
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
    """Have a link for a new password sent, if there is an active account of that name, to its
    confirmed address or its linked chat."""
    asked = ResetRequest(username, link("reset-password", ""))
    outbox.put(session, vault, None, asked, notice=outbox.RESET)


def reset_letter(
    session: Session, vault: Vault, asked: ResetRequest, *, mail_works: bool
) -> tuple[User, Channel, Letter] | None:
    """Return a link for a new password, for whom and by which way; None for nobody."""
    user = accounts.find_by_name(session, asked.username)
    if user is None or not user.is_active:
        return None
    place = _place(session, user.id, mail_works=mail_works)
    if place is None:
        return None
    channel, address = place
    state, until = challenges.state(vault, user), datetime.now(UTC) + RESET_FOR
    token = _seal(vault, _Token("reset", user.id, address, state, until))
    text = (
        f"Somebody, probably you, has forgotten the password of the account {user.username}.\n\n"
        f"Take a new one within half an hour:\n{asked.page}{token}\n\n"
        "If that was not you, do nothing: the password stays as it is.\n"
    )
    return user, channel, Letter(address if channel == "mail" else "", "A new password", text)


def check_reset(session: Session, vault: Vault, text: str) -> User:
    """Return the account that a link gives a new password to.

    Raises:
        ForbiddenError: the link is not good (any more).
    """
    token = _open(vault, text, "reset")
    user = session.get(User, token.user_id, populate_existing=True)
    same = user is not None and token.state == challenges.state(vault, user)
    went_to = {_address(session, token.user_id), _chat(session, token.user_id)} - {None}
    if user is None or not user.is_active or not same or token.address not in went_to:
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
    what = "by a link that was sent to you"
    notices.tell(session, vault, user, "Your password was changed", what)


def _place(session: Session, user_id: int, *, mail_works: bool) -> tuple[Channel, str] | None:
    """Return by which way a link goes to somebody, and where to."""
    address = _address(session, user_id) if mail_works else None
    if address is not None:
        return "mail", address
    chat = _chat(session, user_id)
    return None if chat is None else ("telegram", chat)


def _address(session: Session, user_id: int) -> str | None:
    row = of(session, user_id)
    return row.address if row is not None and row.verified_at is not None else None


def _chat(session: Session, user_id: int) -> str | None:
    """Return the linked chat, as a token names it: no mail address looks like it."""
    row = linked_chats.of(session, user_id)
    return None if row is None else f"chat {row.chat_id}"


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
