"""The steps of a broadcast's life, each written once: pause, resume, skip a bot, cancel a bot's
schedules, fail, close, complete.

People take them through the API (`services/broadcasts/control.py`, a session of SQLAlchemy), the
worker takes them by itself (`broadcast/closing.py`, the ledger, `jobs/reclaim.py`; a connection of
psycopg). `services` and `broadcast` may not import each other, and all that a step consists of is
statements in their order. So the steps are here, below both, as `queries.Steps` without any IO:
`engine.follow` or `aio.follow` takes them.

What holds the invariants, whatever takes a step:

* Lock order: advertisements, broadcasts, deliveries by id (docs/architecture.md). `lock` takes the
  first two. A caller may hold them already; it may never hold the third without them.
* The broadcast's row lock orders the steps of people and of the worker. Each step looks at the
  status behind that lock.
* A runner writes only behind its delivery's fence (`runner`). `close` and `skip_bot` clear the
  fence in the statement that settles what is in flight, so that nothing lands after them.
* A broadcast completes once: `complete` looks for open deliveries behind the broadcast's lock, so
  that of two who close its last two deliveries the second one finds none. Whoever closes a delivery
  without its broadcast's lock (the ledger) completes in a transaction of its own after that.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

from crier.storage import queries, queue
from crier.storage.queries import Statement, Steps, ask

SQL: Final = queries.load("lifecycle")


class OpenDelivery(NamedTuple):
    """A locked delivery; `in_flight`: somebody of it is claimed and not settled."""

    id: int
    broadcast_id: int
    in_flight: bool


HOLD: Final = SQL.query("hold")
IN_FLIGHT: Final = SQL.query("in_flight", int)
ANYBODY_GOT_IT: Final = SQL.query("anybody_got_it", bool)
_LOCK: Final = SQL.query("lock_broadcasts", int)
_SET_STATUS: Final = SQL.query("set_status")
_OPEN_BOTS: Final = SQL.query("open_bots", int)
_HELD: Final = SQL.query("held_broadcast", int)
_OF_BOT: Final = SQL.query("broadcasts_of_bot", int)
_LOCK_OPEN: Final = SQL.query("lock_open", OpenDelivery)
_LOCK_SCHEDULES: Final = SQL.query("lock_schedules", int)
_DOUBT: Final = SQL.query("doubt")
_SKIP_REST: Final = SQL.query("skip_rest")
_CLOSE: Final = SQL.query("close")
_COMPLETE: Final = SQL.query("complete", int)


def lock(broadcast_ids: Iterable[int]) -> Steps[list[int]]:
    """Lock broadcasts behind their ads; return those that are running or paused."""
    return (yield from ask(_LOCK(ids=sorted(set(broadcast_ids)))))


def nudge(broadcast_id: int, *, start: bool = False) -> Steps[None]:
    """Tell the bots of a broadcast to read their rows; `start` also asks for runners."""
    bot_ids = yield from ask(_OPEN_BOTS(broadcast_id=broadcast_id))
    if start:
        yield queue.defer_deliver(*bot_ids)
    yield queue.notify(*(f"deliver:{bot_id}" for bot_id in bot_ids))


def pause(broadcast_id: int, reason: str) -> Steps[None]:
    """Pause a broadcast that has not ended: sending stops within a second, and what is on its way
    is still recorded."""
    if (yield from lock([broadcast_id])):
        yield _status(broadcast_id, "paused", reason)
        yield from nudge(broadcast_id)


def resume(broadcast_id: int) -> Steps[None]:
    """Let a broadcast that the caller has locked go on."""
    yield _status(broadcast_id, "broadcasting")
    yield from nudge(broadcast_id, start=True)


def fail(broadcast_id: int, reason: str) -> Steps[None]:
    """End a broadcast that was paused for `reason`, unless somebody has taken a step since."""
    yield from lock([broadcast_id])
    if (yield from ask(_HELD(broadcast_id=broadcast_id, reason=reason))):
        yield from close(broadcast_id, "failed", reason)


def close(broadcast_id: int, status: str, reason: str) -> Steps[None]:
    """Give a broadcast that the caller has locked its final status.

    Recipients in flight are `unknown` from then on, pending ones `skipped`.
    """
    yield from nudge(broadcast_id)
    found = yield from ask(_LOCK_OPEN(broadcast_id=broadcast_id, bot_id=None))
    yield from _skip(found, reason)
    yield _status(broadcast_id, status, reason, final=True)


def skip_bot(bot_id: int, reason: str, *, also_in_flight: bool) -> Steps[bool]:
    """Close a bot's deliveries, as `close` does; return whether none is left open.

    Without `also_in_flight` those stay open of which somebody is being sent to.
    """
    yield from lock((yield from ask(_OF_BOT(bot_id=bot_id))))
    found = yield from ask(_LOCK_OPEN(broadcast_id=None, bot_id=bot_id))
    ours = [delivery for delivery in found if also_in_flight or not delivery.in_flight]
    yield from _skip(ours, reason)
    yield from complete(delivery.broadcast_id for delivery in ours)
    return len(ours) == len(found)


def cancel_schedules(bot_id: int, reason: str) -> Steps[None]:
    """Cancel the schedules that name a bot, which is deleted, and no other that is left."""
    for broadcast_id in (yield from ask(_LOCK_SCHEDULES(bot_id=bot_id))):
        yield from close(broadcast_id, "cancelled", reason)


def complete(broadcast_ids: Iterable[int]) -> Steps[list[int]]:
    """Complete those of the broadcasts that have no open delivery left, and return them."""
    ids = yield from lock(broadcast_ids)
    return (yield from ask(_COMPLETE(ids=ids)))


def doubt(delivery_ids: list[int], reason: str) -> Statement[None]:
    """Return the statement that makes recipients in flight `unknown`; for locked deliveries."""
    return _DOUBT(ids=delivery_ids, reason=reason)


def close_delivery(delivery_id: int, runner: UUID) -> Statement[None]:
    """Return the statement that closes a delivery of `runner` whose recipients are all settled."""
    return _CLOSE(id=delivery_id, runner=runner)


def _skip(deliveries: list[OpenDelivery], reason: str) -> Steps[None]:
    ids = [delivery.id for delivery in deliveries]
    yield doubt(ids, f"no answer from Telegram before the end: {reason}")
    yield _SKIP_REST(ids=ids)


def _status(
    broadcast_id: int, status: str, reason: str | None = None, *, final: bool = False
) -> Statement[None]:
    return _SET_STATUS(broadcast_id=broadcast_id, status=status, reason=reason, final=final)
