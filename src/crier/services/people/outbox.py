"""The outbox: mails and messages of the platform's bot that wait to be sent.

A row is written in the transaction of what it tells of. It is a letter, sealed, with its channel;
or a notice, of which `letters` makes one once it is due. A letter is claimed by moving its `due_at`
behind the longest try, in a transaction of its own, so no connection to the database waits for a
mail server or for Telegram; one that was sent is deleted. A worker that dies in between leaves it
to be sent again: it may come twice.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.secrets.vault import MAIL, Vault
from crier.storage import engine, queue
from crier.storage.models.notices import Outgoing

Channel = Literal["mail", "telegram"]
_STEP: Final = timedelta(minutes=2)
RESET: Final = "password_reset"
"""The notice of somebody who has forgotten a password, whoever that is."""


class Attachment(msgspec.Struct):
    """What is attached to a letter."""

    name: str
    content_type: str
    content: bytes


class Letter(msgspec.Struct):
    """What is sent; `to` is empty for the chat that is linked when it is sent."""

    to: str
    subject: str
    text: str
    file: Attachment | None = None


class ResetRequest(msgspec.Struct):
    """Who has forgotten a password, and where a link begins."""

    username: str
    page: str


class Claimed(NamedTuple):
    """A letter that this worker sends now; `tries` counts this one."""

    id: int
    channel: str
    user_id: int | None
    sealed: str
    tries: int


def put(
    session: Session,
    vault: Vault,
    user_id: int | None,
    letter: Letter | ResetRequest,
    *,
    channel: Channel | None = None,
    notice: str | None = None,
) -> None:
    """Let a letter be sent by `channel`, or by that of a notice, when the transaction commits."""
    sealed = vault.seal(msgspec.json.encode(letter).decode(), MAIL)
    session.add(Outgoing(user_id=user_id, channel=channel, notice=notice, sealed=sealed))
    session.flush()
    engine.run(session, queue.defer_send_mails())


def due(session: Session, channels: set[Channel]) -> Outgoing | None:
    """Return what is due, locked: a notice, or a letter of one of these channels."""
    waits = sa.select(Outgoing).where(
        Outgoing.due_at <= sa.func.now(),
        sa.or_(Outgoing.channel.in_(channels), Outgoing.channel.is_(None)),
    )
    return session.scalar(
        waits.order_by(Outgoing.due_at).limit(1).with_for_update(skip_locked=True)
    )


def claim(row: Outgoing) -> Claimed:
    """Claim a letter that is locked."""
    assert row.channel is not None
    assert row.sealed is not None
    row.due_at = datetime.now(UTC) + _STEP * 2**row.tries
    row.tries += 1
    return Claimed(row.id, row.channel, row.user_id, row.sealed, row.tries)


def put_off(session: Session, row_id: int, seconds: float) -> None:
    """Have a letter sent in so many seconds; that it was not sent now counts for nothing."""
    later = datetime.now(UTC) + timedelta(seconds=seconds)
    change = {"due_at": later, "tries": Outgoing.tries - 1}
    session.execute(sa.update(Outgoing).where(Outgoing.id == row_id).values(**change))


def forget(session: Session, row_id: int) -> None:
    """Forget a letter that was sent, or is not sent."""
    session.execute(sa.delete(Outgoing).where(Outgoing.id == row_id))
