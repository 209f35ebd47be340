"""What people are told, and by which way: mail, the linked chat, or not at all.

Each kind has an order of ways; the first that works for somebody is taken, unless they have chosen
one. What is chosen and does not work (any more) is not replaced by another. The way is chosen when
a notice is due (`letters`), not when it is written.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple, get_args

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crier.secrets.vault import Vault
from crier.services.caller import Caller
from crier.services.people import outbox
from crier.services.people.outbox import Channel, Letter
from crier.storage.models.notices import LinkedChat, NoticeChoice
from crier.storage.models.people import MailAddress, User

Kind = Literal["account", "broadcast_ended", "broadcast_stopped", "bot_error", "report"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Way = Literal["mail", "telegram", "none"]
_ORDER: Final[Mapping[Kind, Sequence[Channel]]] = {
    "account": ("mail", "telegram"),
    "broadcast_ended": ("telegram",),
    "broadcast_stopped": ("telegram", "mail"),
    "bot_error": ("telegram", "mail"),
    "report": ("mail", "telegram"),
}


class ChosenWay(NamedTuple):
    """By which way somebody is told of a kind of thing; `chosen`: by their own choice."""

    kind: Kind
    channel: Way
    chosen: bool


def choices(session: Session, user_id: int, *, mail_works: bool) -> list[ChosenWay]:
    """Return by which way somebody is told of what."""
    found = sa.select(NoticeChoice).where(NoticeChoice.user_id == user_id)
    chosen = {row.kind: row.channel for row in session.scalars(found)}
    works = ways(session, user_id, mail_works=mail_works)
    return [_choice(kind, chosen.get(kind), works) for kind in KINDS]


def choose(session: Session, caller: Caller, given: Mapping[str, Way | None]) -> None:
    """Set by which way the caller is told of what; None: as it is by default."""
    mine = NoticeChoice.user_id == caller.user_id
    for kind, way in given.items():
        if way is None:
            session.execute(sa.delete(NoticeChoice).where(mine, NoticeChoice.kind == kind))
            continue
        put = insert(NoticeChoice).values(user_id=caller.user_id, kind=kind, channel=way)
        keys = ["user_id", "kind"]
        session.execute(put.on_conflict_do_update(index_elements=keys, set_={"channel": way}))


def ways(session: Session, user_id: int, *, mail_works: bool) -> set[Channel]:
    """Return the ways that reach somebody."""
    found: set[Channel] = set()
    if session.get(LinkedChat, user_id, populate_existing=True) is not None:
        found.add("telegram")
    mail = session.get(MailAddress, user_id, populate_existing=True) if mail_works else None
    if mail is not None and mail.verified_at is not None:
        found.add("mail")
    return found


def tell(session: Session, vault: Vault, user: User, subject: str, what: str) -> None:
    """Tell somebody what has happened to the account, once the transaction commits."""
    text = (
        f"{subject}: {what}.\n\nAccount: {user.username}\n"
        f"Time: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n"
        "If that was not you, sign in, end the other sessions and change your password, or ask an "
        "admin.\n"
    )
    outbox.put(session, vault, user.id, Letter("", subject, text), notice="account")


def tell_of_device(session: Session, vault: Vault, user: User, ip: str | None, agent: str) -> None:
    """Tell somebody of a sign-in from a device that was not seen before."""
    what = f"from {ip or 'an unknown address'}, by {agent[:200] or 'an unknown program'}"
    tell(session, vault, user, "A new device has signed in", what)


def _choice(kind: Kind, chosen: str | None, works: set[Channel]) -> ChosenWay:
    for way in get_args(Way):
        if chosen == way:
            return ChosenWay(kind, way, chosen=True)
    first: Way = next((way for way in _ORDER[kind] if way in works), "none")
    return ChosenWay(kind, first, chosen=False)
