"""Pause, resume, cancel and retry of a broadcast, and what a deleted bot leaves behind.

The roles that may take each step are decided here; what it does to the rows, and what orders it
with the steps of others, is in `storage/lifecycle.py`.
"""

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from crier.services.errors import ConflictError, InvalidError, NotFoundError
from crier.storage import engine, lifecycle, queries
from crier.storage.models.ads import Advertisement
from crier.storage.queries import Steps


class _Found(NamedTuple):
    """A locked broadcast."""

    id: int
    status: str


class _Running(NamedTuple):
    id: int
    ad_id: int
    status: str


SQL: Final = queries.load("control")
_OPEN_BROADCAST: Final = SQL.query("open_broadcast", _Found)
_BROADCAST: Final = SQL.query("broadcast", _Found)
_LOCK_ADS_OF_OWNER: Final = SQL.query("lock_ads_of_owner")
_RUNNING_OF_OWNER: Final = SQL.query("running_of_owner", _Running)
_COUNT_OUTCOME: Final = SQL.query("count_outcome", int)
_NAME_SKIPPED: Final = SQL.query("name_skipped")
_COUNT_AGAIN: Final = SQL.query("count_again", int)
_RETRY: Final = SQL.query("retry", int)
SETTLE_WAIT_S = 0.8
"""How long a cancel waits for answers of Telegram that are on their way."""

RETRYABLE = ("failed", "unknown")


def pause(session: Session, ad: Advertisement) -> None:
    """Stop sending within a second; what is on its way is still recorded."""
    broadcast_id = _open(session, ad, {"broadcasting"}, "paused")
    _take(session, lifecycle.pause(broadcast_id, "paused by hand"))


def resume(session: Session, ad: Advertisement) -> None:
    """Go on where a pause stopped."""
    broadcast_id = _open(session, ad, {"paused"}, "resumed")
    _take(session, lifecycle.resume(broadcast_id))


def cancel(session: Session, ad: Advertisement) -> None:
    """End the broadcast: every pending recipient is `skipped` when the caller commits.

    First, in a transaction of its own, runners are told to stop, and answers on their way get a
    moment to be recorded. A recipient whose answer has not come by then is `unknown`, since the
    message may have gone out. The caller must not hold the broadcast's row lock.
    """
    steps = {"scheduled", "broadcasting", "paused"}
    with Session(session.get_bind()) as first:
        broadcast_id = _open(first, ad, steps, "cancelled")
        engine.run(first, lifecycle.HOLD(broadcast_id=broadcast_id))
        engine.follow(first, lifecycle.nudge(broadcast_id))
        first.commit()
    until, in_flight = time.monotonic() + SETTLE_WAIT_S, lifecycle.IN_FLIGHT
    while engine.first(session, in_flight(broadcast_id=broadcast_id)) and time.monotonic() < until:
        time.sleep(0.02)
    session.refresh(ad, with_for_update=True)  # ads are locked before their broadcasts
    broadcast_id = _open(session, ad, steps, "cancelled")
    _take(session, lifecycle.close(broadcast_id, "cancelled", "cancelled by hand"))


class Again(NamedTuple):
    """A retry: how many recipients it sends to, and how many keep their outcome as they cannot be
    reached."""

    broadcast_id: int
    retryable: int
    unreachable: int


def plan_retry(
    session: Session,
    ad: Advertisement,
    broadcast_id: int | None,
    states: Sequence[str],
    owner: int | None = None,
) -> Again:
    """Return what a retry would do at this moment, through the bots of `owner` (None: of
    everybody).

    Raises:
        InvalidError: other states than failed and unknown, or none.
        NotFoundError: the ad has no such broadcast.
        ConflictError: the broadcast, or another one of the ad, is still open.
    """
    if not states or set(states) - set(RETRYABLE):
        raise InvalidError(states="name failed, unknown or both")
    found = engine.first(session, _BROADCAST(ad_id=ad.id, broadcast_id=broadcast_id))
    if found is None:
        raise NotFoundError("there is no such broadcast of this ad")
    if engine.first(session, _OPEN_BROADCAST(ad_id=ad.id)):
        raise ConflictError("a broadcast of this ad is still open: let it finish, or cancel it")
    given = {"broadcast_id": found.id, "states": sorted(set(states))}
    (again,) = engine.rows(session, _COUNT_AGAIN(owner=owner, **given))
    (total,) = engine.rows(session, _COUNT_OUTCOME(**given))
    return Again(found.id, again, total - again)


def retry(
    session: Session,
    ad: Advertisement,
    broadcast_id: int | None,
    states: Sequence[str],
    owner: int | None = None,
) -> Again:
    """Send again to exactly the recipients with these outcomes who can be reached.

    The others keep their outcome and its reason; the sums until now are kept as an attempt.

    Raises:
        InvalidError, NotFoundError: as `plan_retry`. ConflictError: also where nobody is to be
        sent to again.
    """
    plan = plan_retry(session, ad, broadcast_id, states, owner)
    given = {"broadcast_id": plan.broadcast_id, "states": sorted(set(states)), "owner": owner}
    total = 0
    if plan.retryable:
        engine.run(session, _NAME_SKIPPED(broadcast_id=plan.broadcast_id))
        total = sum(engine.rows(session, _RETRY(**given)))
    if total == 0:
        left = f"; {plan.unreachable} cannot be reached any more" if plan.unreachable else ""
        raise ConflictError(f"nobody to retry: nobody in reach is {' or '.join(states)}{left}")
    _take(session, lifecycle.resume(plan.broadcast_id))
    return plan._replace(retryable=total)


class Suspended(NamedTuple):
    """A broadcast that was stopped: `step` is `cancel` or `pause`."""

    id: int
    ad_id: int
    step: str


def suspend(session: Session, owner: int, why: str, *, own_ads: bool) -> list[Suspended]:
    """Cancel the schedules and pause the broadcasts that an organisation has launched.

    `own_ads` names also those that others launched of its ads.
    """
    wanted = {"owner": owner, "own_ads": own_ads}
    engine.run(session, _LOCK_ADS_OF_OWNER(**wanted))
    stopped = []
    for row in engine.rows(session, _RUNNING_OF_OWNER(**wanted)):
        if row.status == "scheduled":
            _take(session, lifecycle.close(row.id, "cancelled", f"cancelled: {why}"))
            stopped.append(Suspended(row.id, row.ad_id, "cancel"))
        else:
            _take(session, lifecycle.pause(row.id, f"paused: {why}"))
            stopped.append(Suspended(row.id, row.ad_id, "pause"))
    return stopped


def _open(session: Session, ad: Advertisement, allowed: set[str], verb: str) -> int:
    found = engine.first(session, _OPEN_BROADCAST(ad_id=ad.id))
    if found is not None and found.status in allowed:
        return found.id
    state = ad.status if found is None else found.status
    raise ConflictError(
        f"a broadcast that is {state} cannot be {verb}: it has to be {' or '.join(sorted(allowed))}"
    )


def _take(session: Session, steps: Steps[None]) -> None:
    """Take steps that change rows which the session may have read before."""
    engine.follow(session, steps)
    session.expire_all()
