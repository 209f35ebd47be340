"""Quotas: how much an organisation may have of each kind, and how much it has.

Whatever adds something adds it first and calls `check` then, in the same transaction, before it
writes the audit log. `check` locks the organisation's row of `quotas` until that transaction ends
and counts under the lock, so of two additions that ask for the last place the second counts the
first. That lock is taken after all others but the audit log's. An organisation without a limit is
neither counted nor locked.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, get_args

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ConflictError, LimitedError, NotFoundError
from crier.storage.models.ads import Advertisement, Broadcast, MediaFile
from crier.storage.models.bots import Bot, BotCounter
from crier.storage.models.organisations import Membership, Organisation, Quotas

Kind = Literal["bots", "subscribers", "upload_bytes", "ads_per_day", "schedules"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
DAY: Final = timedelta(days=1)
_MB: Final = 2**20
_WORDS: Final[dict[Kind, str]] = {
    "bots": "your organisation's quota of bots is reached: delete one, or ask an admin for more",
    "subscribers": (
        "your organisation's quota of subscribers does not hold this list: import a shorter one, or"
        " ask an admin for more"
    ),
    "upload_bytes": (
        "your organisation's quota of uploads does not hold this file: delete ads whose files"
        " nobody needs, which go a day later, or ask an admin for more"
    ),
    "ads_per_day": (
        "your organisation's quota of new ads in 24 hours is reached: write it later, or ask an"
        " admin for more"
    ),
    "schedules": (
        "your organisation's quota of schedules is reached: cancel one, launch now, or ask an admin"
        " for more"
    ),
}


class Quota(NamedTuple):
    """How much an organisation may have of a kind (None: as much as it likes), and has."""

    limit: int | None
    used: int


def check(
    session: Session, organisation_id: int, kind: Kind, *, added: int = 1, coming: int = 0
) -> None:
    """Refuse what goes beyond the quota of an organisation.

    Args:
        added: how much this transaction has added already. coming: how much more there would be.

    Raises:
        ConflictError: it does. LimitedError: it does, and will fit in with time.
    """
    if not added + coming:
        return
    locked = {"key_share": True}
    row = session.get(Quotas, organisation_id, populate_existing=True, with_for_update=locked)
    limit = getattr(row, kind, None)
    if limit is None:
        return
    used = _used(session, organisation_id, kind) - added
    if used + added + coming <= limit:
        return
    amounts = (_shown(kind, amount) for amount in (used, limit, added + coming))
    used_text, limit_text, more_text = amounts
    text = f"{_WORDS[kind]} ({used_text} of {limit_text} in use, {more_text} more asked for)"
    if kind == "ads_per_day":
        raise LimitedError(text, _next_ad_s(session, organisation_id, used - limit))
    raise ConflictError(text)


def show(session: Session, caller: Caller, organisation_id: int) -> dict[Kind, Quota]:
    """Return the quotas of an organisation of the caller; an admin sees those of all.

    Raises:
        NotFoundError: there is none.
    """
    _require_seen(session, caller, organisation_id)
    row = session.get(Quotas, organisation_id, populate_existing=True)
    return {
        kind: Quota(getattr(row, kind, None), _used(session, organisation_id, kind))
        for kind in KINDS
    }


def change(
    session: Session, caller: Caller, organisation_id: int, given: dict[str, int | None]
) -> None:
    """Set the limits that are given. What an organisation has beyond them stays.

    Raises:
        NotFoundError: there is no such organisation.
    """
    _require_seen(session, caller, organisation_id)
    made = insert(Quotas).values(organisation_id=organisation_id)
    session.execute(made.on_conflict_do_nothing())
    row = session.get_one(Quotas, organisation_id, populate_existing=True, with_for_update=True)
    before = {kind: getattr(row, kind) for kind in given}
    for kind, limit in given.items():
        setattr(row, kind, limit)
    session.flush()
    if before != given:
        details = {"before": before, "after": given}
        audit.record(
            session, caller, "organisation.change_quotas", "organisation", organisation_id, details
        )


def _require_seen(session: Session, caller: Caller, organisation_id: int) -> None:
    found = sa.select(Organisation.id).where(
        Organisation.id == organisation_id, Organisation.deleted_at.is_(None)
    )
    if not caller.may("accounts.edit"):
        mine = sa.select(Membership.organisation_id).where(Membership.user_id == caller.user_id)
        found = found.where(Organisation.id.in_(mine))
    if session.scalar(found) is None:
        raise NotFoundError("no such organisation")


def _used(session: Session, organisation_id: int, kind: Kind) -> int:
    return int(session.scalar(_USED[kind](organisation_id)) or 0)


def _bots(owner: int) -> sa.Select[Any]:
    return sa.select(sa.func.count()).where(Bot.user_id == owner, Bot.deleted_at.is_(None))


def _subscribers(owner: int) -> sa.Select[Any]:
    counted = sa.select(sa.func.sum(BotCounter.subscribers))
    found = counted.join(Bot, Bot.id == BotCounter.bot_id)
    return found.where(Bot.user_id == owner, Bot.deleted_at.is_(None))


def _upload_bytes(owner: int) -> sa.Select[Any]:
    """Count also what is being uploaded."""
    return sa.select(sa.func.sum(MediaFile.size)).where(MediaFile.user_id == owner)


def _ads_per_day(owner: int) -> sa.Select[Any]:
    return sa.select(sa.func.count()).where(*_of_today(owner))


def _schedules(owner: int) -> sa.Select[Any]:
    waiting = (Broadcast.user_id == owner, Broadcast.status == "scheduled")
    return sa.select(sa.func.count()).where(*waiting)


_USED: Final = {
    "bots": _bots,
    "subscribers": _subscribers,
    "upload_bytes": _upload_bytes,
    "ads_per_day": _ads_per_day,
    "schedules": _schedules,
}


def _of_today(owner: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return Advertisement.user_id == owner, Advertisement.created_at > sa.func.now() - DAY


def _next_ad_s(session: Session, owner: int, beyond: int) -> int:
    """Return seconds until another ad fits in: until as many have become older than a day as are
    `beyond` the limit, and one more."""
    ages = sa.select(Advertisement.created_at).where(*_of_today(owner))
    at = session.scalar(ages.order_by(Advertisement.created_at).offset(beyond).limit(1))
    left = DAY if at is None else at + DAY - datetime.now(UTC)
    return max(1, int(left.total_seconds()) + 1)


def _shown(kind: Kind, amount: int) -> str:
    return f"{amount / _MB:,.1f} MB" if kind == "upload_bytes" else f"{amount:,}"
