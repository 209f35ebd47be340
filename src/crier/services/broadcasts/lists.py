"""Broadcasts of all the ads that somebody sees, and the attempts of one of them.

A page of the list is read in two statements: the ids, then what came of them. All that the second
one tells is of one instant, so each line adds up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.ratios import cost_per_click, cpm, ctr
from crier.services.ads import ads
from crier.services.broadcasts import attempts as tries
from crier.services.broadcasts.attempts import Attempt
from crier.services.caller import Caller
from crier.services.errors import NotFoundError
from crier.storage import engine, queries
from crier.storage.models.ads import Advertisement, Broadcast, Delivery

SQL = queries.load("broadcast_lists")


@dataclass(frozen=True, kw_only=True)
class BroadcastFilter:
    """Which broadcasts; what is None does not matter."""

    ad_id: int | None = None
    bot_id: int | None = None
    status: str | None = None
    start: datetime | None = None
    """Launched or scheduled at this time or later, and"""
    end: datetime | None = None
    """before this time."""
    out_start: datetime | None = None
    """Went out, or to go out, at this time or later, and"""
    out_end: datetime | None = None
    """before this time."""


class BroadcastLine(NamedTuple):
    """One broadcast and its sums over all bots. `audience` is the sum of the six outcomes."""

    broadcast_id: int
    ad_id: int
    ad_title: str | None
    user_id: int
    status: str
    reason: str | None
    policy: str
    priority: int
    created_at: datetime
    scheduled_for: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    price: Decimal | None
    currency: str
    audience: int
    pending: int
    sent: int
    blocked: int
    failed: int
    unknown: int
    skipped: int
    clicks: int
    unique_clicks: int
    machine_clicks: int
    retries: int

    @property
    def ctr(self) -> float | None:
        return ctr(self.unique_clicks, self.sent)

    @property
    def cpm(self) -> Decimal | None:
        return cpm(self.price, self.sent)

    @property
    def cost_per_click(self) -> Decimal | None:
        return cost_per_click(self.price, self.clicks)


class _Sums(NamedTuple):
    started_at: datetime | None
    completed_at: datetime | None
    audience: int
    sent: int
    blocked: int
    failed: int
    unknown: int
    skipped: int
    retries: list[dict[str, Any]]


_LINES = SQL.query("lines", BroadcastLine)
_ATTEMPTS = SQL.query("attempts", _Sums)


def search(caller: Caller, wanted: BroadcastFilter) -> sa.Select[Any]:
    """Select time and id of the broadcasts of all ads that the caller sees.

    Indexes: `broadcasts_created_idx`, with a status `broadcasts_status_idx`, with an ad
    `broadcasts_ad_idx`, with a bot `deliveries_bot_idx`.
    """
    columns: list[Any] = [Broadcast.created_at, Broadcast.id]
    found = sa.select(*columns)
    if not caller.sees_all:
        seen = ads.query(caller).with_only_columns(Advertisement.id)
        found = found.where(Broadcast.ad_id.in_(seen))
    if wanted.ad_id is not None:
        found = found.where(Broadcast.ad_id == wanted.ad_id)
    if wanted.status is not None:
        found = found.where(Broadcast.status == wanted.status)
    if wanted.bot_id is not None:
        parts = sa.select(Delivery.broadcast_id).where(Delivery.bot_id == wanted.bot_id)
        found = found.where(Broadcast.id.in_(parts))
    if wanted.start is not None:
        found = found.where(Broadcast.created_at >= wanted.start)
    if wanted.end is not None:
        found = found.where(Broadcast.created_at < wanted.end)
    out = sa.func.coalesce(Broadcast.started_at, Broadcast.scheduled_for, Broadcast.created_at)
    if wanted.out_start is not None:
        found = found.where(out >= wanted.out_start)
    if wanted.out_end is not None:
        # None goes out before it was made: the index ends the scan.
        found = found.where(out < wanted.out_end, Broadcast.created_at < wanted.out_end)
    return found


def lines(session: Session, ids: Sequence[int]) -> list[BroadcastLine]:
    """Return what came of each of these broadcasts, in their order."""
    found = {row.broadcast_id: row for row in engine.rows(session, _LINES(ids=list(ids)))}
    return [found[number] for number in ids if number in found]


def attempts(session: Session, caller: Caller, broadcast_id: int) -> list[Attempt]:
    """Return the launch and each retry of a broadcast, in order; none before it began.

    Raises:
        NotFoundError: there is no such broadcast of an ad that the caller sees.
    """
    seen = search(caller, BroadcastFilter()).where(Broadcast.id == broadcast_id)
    row = engine.first(session, _ATTEMPTS(broadcast_id=broadcast_id))
    if row is None or session.execute(seen).first() is None:
        raise NotFoundError("no such broadcast")
    return tries.attempts(row.started_at, row.completed_at, row.retries, row._asdict())
