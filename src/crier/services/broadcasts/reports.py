"""What came of a broadcast: its statistics and every recipient.

Each report is one statement, so that it tells of one instant: the outcomes of a bot are columns of
one row under a check constraint, and `pending` is what is left, so the sum is exact at every read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from crier.analytics import recipients as recipient_rows
from crier.analytics.recipients import RecipientRow
from crier.domain.ratios import cpm, ctr
from crier.services.bots import bots
from crier.services.broadcasts import attempts, launch
from crier.services.broadcasts.attempts import BroadcastState
from crier.services.caller import Caller
from crier.services.errors import InvalidError, NotFoundError
from crier.storage import engine, queries
from crier.storage.models.ads import Advertisement
from crier.storage.models.bots import Bot

SQL: Final = queries.load("reports")
_STATISTICS: Final = SQL.query("statistics", BroadcastState)
_BROADCAST: Final = SQL.query("broadcast", int)
OUTCOMES: Final = ("pending", "sent", "blocked", "failed", "unknown", "skipped")
RECENT_S: Final = 120.0
SETTLED_S: Final = 3.0
"""What a broadcast did in its first seconds does not say how fast it is."""

_SHOWN: Final = (
    *("broadcast_id", "status", "reason", "price", "currency"),
    *("started_at", "completed_at", "per_bot", "errors", "timeline"),
)
_SUMMED: Final = ("paid", "audience", *OUTCOMES, "clicks", "unique_clicks", "machine_clicks")


def statistics(
    session: Session,
    ad: Advertisement,
    broadcast_id: int | None,
    *,
    owner: int | None,
    default_rate: float,
) -> dict[str, Any]:
    """Return what came of a broadcast (the latest where none is named) until now; zeros before the
    first.

    Sums are for everybody that sees the ad; what is wrong with a bot only for its `owner` (None:
    all).

    Raises:
        NotFoundError: the ad has no such broadcast.
    """
    asked = _STATISTICS(ad_id=ad.id, broadcast_id=broadcast_id, owner=owner)
    row = engine.first(session, asked)
    if row is None:
        if broadcast_id is not None:
            raise NotFoundError("there is no such broadcast of this ad")
        return _before(ad)
    parts = row.per_bot
    sums = {name: sum(part[name] for part in parts) for name in _SUMMED}
    if row.status == "scheduled":
        sums["audience"] = sums["pending"] = row.planned
    tries = attempts.attempts(row.started_at, row.completed_at, row.retries, sums)
    took_s = sum(attempt.seconds(row.at) for attempt in tries)
    rate = _rate(row, sums, took_s)
    return {
        "ad_id": ad.id,
        **{name: getattr(row, name) for name in _SHOWN},
        **sums,
        "attempts": tries,
        "duration_seconds": round(took_s, 1) if tries else None,
        "ctr": ctr(sums["unique_clicks"], sums["sent"]),
        "cpm": cpm(row.price, sums["sent"]),
        "rate_per_second": round(rate, 2),
        "estimated_seconds_left": _seconds_left(session, row, parts, rate, default_rate),
        "waiting": [
            {"bot_id": p["bot_id"], "reason": p["wait_reason"], "until": p["wait_until"]}
            for p in parts
            if p["wait_reason"]
        ],
    }


def names_of_bots(
    session: Session, reader: Caller, parts: Sequence[Mapping[str, Any]]
) -> dict[int, str]:
    """Return by id the names of the bots with a part in a broadcast, of those in the reader's
    scope."""
    if not reader.may("bots.read"):
        return {}
    named = bots.query(reader).where(Bot.id.in_([part["bot_id"] for part in parts]))
    return dict(session.execute(named.with_only_columns(Bot.id, Bot.bot_name)).all())


def broadcast_id_of(session: Session, ad: Advertisement, broadcast_id: int | None) -> int | None:
    """Return the named broadcast of the ad, else its latest; None where it has none.

    Raises:
        NotFoundError: the ad has no such broadcast.
    """
    found = engine.first(session, _BROADCAST(ad_id=ad.id, broadcast_id=broadcast_id))
    if found is None and broadcast_id is not None:
        raise NotFoundError("there is no such broadcast of this ad")
    return found


def recipients(
    session: Session,
    broadcast_id: int | None,
    *,
    owner: int | None,
    after: Sequence[Any] | None = None,
    limit: int,
    bot_id: int | None = None,
    status: str | None = None,
) -> list[RecipientRow]:
    """Return up to `limit` recipients after the place `after` = (bot_id, position); arguments as
    of `analytics.recipients.page`. A broadcast of None has none.

    Raises:
        InvalidError: `after` is no place of this list.
    """
    if broadcast_id is None:
        return []
    return recipient_rows.page(
        session,
        broadcast_id,
        owner=owner,
        after=_place(after),
        limit=limit,
        bot_id=bot_id,
        status=status,
    )


def _place(after: Sequence[Any] | None) -> tuple[int, int] | None:
    match after:
        case None:
            return None
        case (int(bot_id), int(position)):
            return bot_id, position
        case _:
            raise InvalidError(cursor="is no cursor of this list")


def _before(ad: Advertisement) -> dict[str, Any]:
    """Return statistics of an ad that was never launched."""
    return {
        "ad_id": ad.id,
        "status": ad.status,
        "price": ad.price,
        "currency": ad.currency,
        **dict.fromkeys(_SUMMED, 0),
        **dict.fromkeys(("broadcast_id", "reason", "started_at", "completed_at", "ctr", "cpm")),
        "duration_seconds": None,
        "rate_per_second": 0.0,
        "estimated_seconds_left": None,
        **{name: [] for name in ("waiting", "per_bot", "errors", "timeline", "attempts")},
    }


def _rate(row: BroadcastState, sums: Mapping[str, int], took_s: float) -> float:
    """Return outcomes a second: while it runs, since it goes on or of the last minute or two; else
    of all its attempts, without the time between them."""
    done: int = sums["audience"] - sums["pending"] - sums["skipped"]
    if row.status == "broadcasting":
        if (going_s := _going_s(row)) < RECENT_S:
            return max(0, done - int(row.resumed_done)) / max(1.0, going_s)
        if (since := row.recent["since"]) is None:
            return 0.0
        begun = max(datetime.fromisoformat(since), row.going_since)
        return float(row.recent["done"] / max(1.0, (row.at - begun).total_seconds()))
    if row.completed_at is None or row.started_at is None:
        return 0.0
    again = sum(int(r["failed_again"] + r["unknown_again"]) for r in row.retries)
    return (done + again) / max(1.0, took_s)


def _going_s(row: BroadcastState) -> float:
    """Return for how many seconds a broadcast has run without a pause."""
    return float((row.at - row.going_since).total_seconds())


def _seconds_left(
    session: Session,
    row: BroadcastState,
    parts: Sequence[Mapping[str, Any]],
    rate: float,
    default_rate: float,
) -> int | None:
    """Return seconds until the slowest bot is done: by its limit, and not faster than it goes.
    None: unknown."""
    if row.status not in ("broadcasting", "paused", "scheduled"):
        return 0
    pending = [(part["bot_id"], part["pending"]) for part in parts if part["pending"]]
    if row.status != "broadcasting" or row.no_worker or not (pending or parts):
        return None
    paid = [part["paid_budget"] - part["paid"] for part in parts if part["pending"]]
    by_limit = launch.estimate_seconds(session, pending, default_rate, row.broadcast_id, paid=paid)
    is_new = by_limit and _going_s(row) < SETTLED_S
    by_rate = sum(n for _, n in pending) / rate if rate and not is_new else 0
    until = [p["wait_until"] for p in parts if p["wait_until"]]
    waits = [(datetime.fromisoformat(at) - row.at).total_seconds() for at in until]
    left = max(by_limit, by_rate) + max([0.0, *waits])
    return int(left) if left or not pending else None
