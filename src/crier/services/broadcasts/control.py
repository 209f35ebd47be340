"""Pause, resume, cancel and retry of a broadcast, and what a deleted bot leaves behind.

Each step is rows in one transaction, and a nudge to the couriers. The broadcast's row lock orders
the steps of several people; a courier writes only behind its delivery's fence (`runner`), so that
nothing of it lands after a cancel has closed the delivery.
"""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

from crier.services.errors import ConflictError, InvalidError, NotFoundError
from crier.storage import engine, queries, queue
from crier.storage.models.ads import Advertisement

SQL = queries.load("control")
SETTLE_WAIT_S = 0.8
"""How long a cancel waits for answers of Telegram that are on their way."""

RETRYABLE = ("failed", "unknown")


def pause(session: Session, ad: Advertisement) -> None:
    """Stop sending within a second; what is on its way is still recorded."""
    broadcast_id = _open(session, ad, {"broadcasting"}, "paused")
    _set_status(session, broadcast_id, "paused", reason="paused by hand")
    _nudge(session, broadcast_id)


def resume(session: Session, ad: Advertisement) -> None:
    """Go on where a pause stopped."""
    broadcast_id = _open(session, ad, {"paused"}, "resumed")
    _set_status(session, broadcast_id, "broadcasting")
    _nudge(session, broadcast_id, start=True)


def cancel(session: Session, ad: Advertisement) -> None:
    """End the broadcast: every pending recipient is `skipped` when the caller commits.

    First, in a transaction of its own, couriers are told to stop, and answers on their way get a
    moment to be recorded. A recipient whose answer has not come by then is `unknown`, since the
    message may have gone out. The caller must not hold the broadcast's row lock.
    """
    steps = {"scheduled", "broadcasting", "paused"}
    with Session(session.get_bind()) as first:
        broadcast_id = _open(first, ad, steps, "cancelled")
        _run(first, "hold", broadcast_id=broadcast_id)
        _nudge(first, broadcast_id)
        first.commit()
    until = time.monotonic() + SETTLE_WAIT_S
    while _scalar(session, "in_flight", broadcast_id=broadcast_id) and time.monotonic() < until:
        time.sleep(0.02)
    session.refresh(ad, with_for_update=True)  # ads are locked before their broadcasts
    broadcast_id = _open(session, ad, steps, "cancelled")
    close(session, broadcast_id, "cancelled", reason="cancelled by hand")


def close(session: Session, broadcast_id: int, status: str, *, reason: str) -> None:
    """Give a broadcast its final status; who is in flight is `unknown`, who is left `skipped`."""
    ids = [row[0] for row in _all(session, "lock_open", broadcast_id=broadcast_id, bot_id=None)]
    _run(session, "doubt", ids=ids, reason=f"no answer from Telegram before the end: {reason}")
    _run(session, "skip_rest", ids=ids)
    _set_status(session, broadcast_id, status, reason=reason, final=True)


class Again(NamedTuple):
    """A retry: whom it sends to, and how many keep what they had since they cannot be reached."""

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
    """What a retry would do at this moment, through the bots of `owner` (None: of everybody).

    Raises:
        InvalidError: other states than failed and unknown, or none.
        NotFoundError: the ad has no such broadcast.
        ConflictError: the broadcast, or another one of the ad, is still open.
    """
    if not states or set(states) - set(RETRYABLE):
        raise InvalidError(states="name failed, unknown or both")
    found = _all(session, "broadcast", ad_id=ad.id, broadcast_id=broadcast_id)
    if not found:
        raise NotFoundError("there is no such broadcast of this ad")
    if _all(session, "open_broadcast", ad_id=ad.id):
        raise ConflictError("a broadcast of this ad is still open: let it finish, or cancel it")
    given = {"broadcast_id": found[0][0], "states": sorted(set(states)), "owner": owner}
    again = _again(session, "count_again", given).scalar_one()
    return Again(found[0][0], again, _scalar(session, "count_outcome", **given) - again)


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
        _run(session, "name_skipped", broadcast_id=plan.broadcast_id)
        total = sum(row[0] for row in _again(session, "retry", given))
    if total == 0:
        left = f"; {plan.unreachable} cannot be reached any more" if plan.unreachable else ""
        raise ConflictError(f"nobody to retry: nobody in reach is {' or '.join(states)}{left}")
    _set_status(session, plan.broadcast_id, "broadcasting")
    _nudge(session, plan.broadcast_id, start=True)
    return plan._replace(retryable=total)


def _again(session: Session, name: str, given: dict[str, Any]) -> CursorResult[Any]:
    text = f"WITH again AS (\n{SQL['retryable']}\n)\n{SQL[name]}"
    return session.connection().exec_driver_sql(text, given)


def skip_bot(session: Session, bot_id: int) -> None:
    """Close the deliveries of a bot that is deleted: its pending recipients are `skipped`.

    Where somebody is being sent to, its courier does that, after the answers that are on their way.
    """
    touched = [row[0] for row in _all(session, "broadcasts_of_bot", bot_id=bot_id)]
    _all(session, "lock_broadcasts", ids=touched)
    rows = _all(session, "lock_open", broadcast_id=None, bot_id=bot_id)
    idle = [row for row in rows if not row.in_flight]
    _run(session, "skip_rest", ids=[row.id for row in idle])
    if len(idle) < len(rows):
        engine.run(session, queue.defer_deliver(bot_id))
    engine.run(session, queue.notify(f"deliver:{bot_id}"))
    complete(session, [row.broadcast_id for row in idle])


class Suspended(NamedTuple):
    """A broadcast that was stopped: `step` is `cancel` or `pause`."""

    id: int
    ad_id: int
    step: str


def suspend(session: Session, user_id: int, why: str, *, own_ads: bool) -> list[Suspended]:
    """Cancel the schedules and pause the broadcasts that a user has launched.

    `own_ads` names also those that others launched of the user's ads.
    """
    wanted = {"user_id": user_id, "own_ads": own_ads}
    _all(session, "lock_ads_of_user", **wanted)
    stopped = []
    for row in _all(session, "running_of_user", **wanted):
        if row.status == "scheduled":
            close(session, row.id, "cancelled", reason=f"cancelled: {why}")
            stopped.append(Suspended(row.id, row.ad_id, "cancel"))
        else:
            _set_status(session, row.id, "paused", reason=f"paused: {why}")
            _nudge(session, row.id)
            stopped.append(Suspended(row.id, row.ad_id, "pause"))
    return stopped


def complete(session: Session, broadcast_ids: Sequence[int]) -> None:
    """Complete those of the broadcasts that have no open delivery left."""
    ids = list(broadcast_ids)
    _all(session, "lock_broadcasts", ids=ids)
    _run(session, "complete", ids=ids)


def _open(session: Session, ad: Advertisement, allowed: set[str], verb: str) -> int:
    rows = _all(session, "open_broadcast", ad_id=ad.id)
    if rows and rows[0].status in allowed:
        found: int = rows[0].id
        return found
    state = rows[0].status if rows else ad.status
    raise ConflictError(
        f"a broadcast that is {state} cannot be {verb}: it has to be {' or '.join(sorted(allowed))}"
    )


def _set_status(
    session: Session,
    broadcast_id: int,
    status: str,
    *,
    reason: str | None = None,
    final: bool = False,
) -> None:
    _run(
        session, "set_status", broadcast_id=broadcast_id, status=status, reason=reason, final=final
    )
    session.expire_all()


def _nudge(session: Session, broadcast_id: int, *, start: bool = False) -> None:
    bot_ids = [row[0] for row in _all(session, "open_bots", broadcast_id=broadcast_id)]
    if start:
        engine.run(session, queue.defer_deliver(*bot_ids))
    engine.run(session, queue.notify(*(f"deliver:{bot_id}" for bot_id in bot_ids)))


def _all(session: Session, name: str, **parameters: Any) -> Sequence[Any]:
    return session.connection().exec_driver_sql(SQL[name], parameters).all()


def _scalar(session: Session, name: str, **parameters: Any) -> Any:
    return session.connection().exec_driver_sql(SQL[name], parameters).scalar()


def _run(session: Session, name: str, **parameters: Any) -> None:
    session.connection().exec_driver_sql(SQL[name], parameters)
