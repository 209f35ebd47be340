"""Launching a broadcast: the audience, its pages, one delivery a bot, one job a bot.

One transaction holds it all. The ad's row is locked by the caller, the unique index
`broadcasts_one_open_an_ad` stands behind that; the audience of every bot comes from one statement
(one snapshot), so that what is counted is what is stored. Bots are locked `FOR SHARE`, which keeps
one from being deleted between the count and the commit.
"""

import itertools
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString, NamedTuple

from sqlalchemy.orm import Session

from crier.domain import message as messages
from crier.domain import targeting as targetings
from crier.domain.pacing import PAID_RATE
from crier.domain.targeting import Targeting
from crier.services import account_state, workspace
from crier.services.broadcasts import separation
from crier.services.errors import ConflictError, NotFoundError
from crier.storage import engine, queries, queue
from crier.storage.models.ads import Advertisement, Broadcast
from crier.storage.queries import Statement

SQL: Final = queries.load("launch")
PerBot = list[tuple[int, int]]
"""Bot id and audience."""

ON_TIME_S = 10.0
"""A schedule that begins within so many seconds is not late: as long as another worker takes to
see that the one which had its job is dead."""


class Scope(NamedTuple):
    """The organisation that launches, the account that does it, and whether that may name anybody's
    bots (an admin)."""

    owner: int
    launcher: int
    anybodys: bool = False


class Excluded(NamedTuple):
    """A bot that a launch would not use, and why."""

    bot_id: int
    reason: str


class Choice(NamedTuple):
    """The bots that a launch uses, and those in question that it does not."""

    usable: list[int]
    excluded: list[Excluded]


class ScopedBot(NamedTuple):
    """A bot that may carry a launch; `due`: it runs, or is to run and is not in error."""

    id: int
    bot_name: str
    status: str
    last_error: str | None
    due: bool


class BotWork(NamedTuple):
    """Messages that a bot has to send, those of them that may be paid for, and its own rate."""

    messages: int
    paid: int
    rate: float | None


_IN_INDEX: Final = {"bot_ids", "sample_percent"}
"""Conditions of a targeting that `subscribers_active_idx` holds all of."""


def _sized(id: int, size: int) -> tuple[int, int]:
    return id, size


_CANDIDATE: Final = SQL.query("candidate").text
_ONCE: Final = SQL.query("once").text
_COUNT: Final = SQL.query("count", _sized)
_STORE: Final = SQL.query("store", _sized)
_BY_PAGES: Final = SQL.query("by_pages")
_ANYHOW: Final = SQL.query("anyhow")
_OPEN: Final = SQL.query("open")
_SIZE: Final = SQL.query("size", int)
_DROP_EMPTY: Final = SQL.query("drop_empty")
_BOTS_IN_SCOPE: Final = SQL.query("bots_in_scope", ScopedBot)
_IS_ADMIN: Final = SQL.query("is_admin", bool)
_WORK: Final = SQL.query("work", BotWork)


def preview(
    session: Session, *, bot_ids: Sequence[int], targeting: Targeting, salt: int = 0
) -> PerBot:
    """Return (bot id, audience) as a launch at this moment would have it.

    `salt` fixes which chats a sample takes; a launch uses the ad's id.
    """
    count = _COUNT._replace(text=_candidates(targeting) + _COUNT.text)
    return _read_candidates(session, targeting, count(**_rule(bot_ids, targeting, salt)))


def _read_candidates(
    session: Session, targeting: Targeting, statement: Statement[tuple[int, int]]
) -> PerBot:
    """Execute a statement that reads candidates: from `subscribers_active_idx` alone where that
    holds all that is asked for, else by pages of the table, not in the order of bots.

    A bot's chats lie anywhere: to walk an index for most of them fetches each page hundreds of
    times, which the planner takes for as good as free.
    """
    if targetings.to_json(targeting).keys() <= _IN_INDEX:
        return engine.rows(session, statement)
    engine.run(session, _BY_PAGES())
    found = engine.rows(session, statement)
    engine.run(session, _ANYHOW())
    return found


def _candidates(targeting: Targeting) -> LiteralString:
    if not targeting.dedupe_across_bots:
        return f"WITH candidate AS NOT MATERIALIZED ({_CANDIDATE}) "
    return f"WITH everybody AS ({_CANDIDATE}), candidate AS ({_ONCE}) "


def _rule(bot_ids: Sequence[int], targeting: Targeting, salt: int) -> dict[str, Any]:
    days = targeting.active_within_days
    return {
        "bot_ids": list(bot_ids),
        "languages": [code.lower() for code in targeting.languages] or None,
        "seen_after": datetime.now(UTC) - timedelta(days=days) if days else None,
        "joined_before": targeting.joined_before,
        "joined_after": targeting.joined_after,
        "sample": targeting.sample_percent,
        "salt": salt,
    }


def estimate_seconds(
    session: Session,
    per_bot: PerBot,
    default_rate: float,
    broadcast_id: int | None = None,
    *,
    paid: Sequence[int] = (),
) -> int:
    """Return seconds until the slowest bot is done at its own rate; 0 where nothing limits it.

    What else the bots are sending counts, but for the broadcast that is asked about. `paid` is how
    many messages of each bot may be paid for.
    """
    ids, sizes = [bot_id for bot_id, _ in per_bot], [size for _, size in per_bot]
    fast = [min(most, size) for most, size in zip(paid or [0] * len(ids), sizes, strict=True)]
    asked = _WORK(bot_ids=ids, sizes=sizes, paid=fast, broadcast_id=broadcast_id)
    work = [
        (slow, quick, default_rate if rate is None else rate)
        for slow, quick, rate in engine.rows(session, asked)
    ]
    return max(
        (math.ceil(quick / PAID_RATE + slow / rate) for slow, quick, rate in work if rate),
        default=0,
    )


def paid_budgets(message: dict[str, Any], sizes: Sequence[int]) -> list[int]:
    """Return how many messages of each bot a broadcast may pay for: parts of the ad's budget in
    proportion to their audiences, together exactly the budget."""
    options = messages.parse(message).options
    budget = options.paid_budget if options.allow_paid_broadcast else 0
    if not (budget and sum(sizes)):
        return [0] * len(sizes)
    ends = [budget * done // sum(sizes) for done in itertools.accumulate(sizes)]
    return [end - start for start, end in itertools.pairwise([0, *ends])]


def wanted_bots(bot_ids: Sequence[int] | None, targeting: Targeting) -> list[int]:
    """Return the bots that a launch is to use: those it names, else those of the targeting, else
    all."""
    return list(bot_ids or targeting.bot_ids)


def choose_bots(
    session: Session, scope: Scope, bot_ids: Sequence[int], *, lock: bool = False
) -> Choice:
    """Return which of the named bots, else of all own ones, carry a launch at this moment: those
    that run.

    `lock` keeps them from being deleted until the caller commits.

    Raises:
        NotFoundError: a named bot is not in scope.
    """
    rows = _bots(session, scope, bot_ids, lock=lock)
    if missing := set(bot_ids) - {row.id for row in rows}:
        raise NotFoundError(f"there is no bot {min(missing)}")
    idle = [row for row in rows if row.status != "running"]
    return Choice(
        usable=[row.id for row in rows if row.status == "running"],
        excluded=[Excluded(row.id, _why_idle(row)) for row in idle],
    )


def _why_idle(row: ScopedBot) -> str:
    if row.status == "error":
        return f"{row.bot_name} is in error: {row.last_error or 'see its log'}"
    return f"{row.bot_name} is {row.status}, not running"


def _bots(session: Session, scope: Scope, bot_ids: Sequence[int], *, lock: bool) -> list[ScopedBot]:
    query = _BOTS_IN_SCOPE
    if lock:
        query = query._replace(text=query.text + " FOR SHARE")
    return engine.rows(session, query(bot_ids=sorted(set(bot_ids)) or None, **scope._asdict()))


def pick_bots(session: Session, scope: Scope, bot_ids: Sequence[int]) -> list[int]:
    """Return the bots that carry a launch, locked; a named one that does not run is not left out
    quietly.

    Raises:
        NotFoundError: as `choose_bots`.
        ConflictError: a named bot does not run, or none does.
    """
    choice = choose_bots(session, scope, bot_ids, lock=True)
    if bot_ids and choice.excluded:
        names = ", ".join(f"bot {bot.bot_id} ({bot.reason})" for bot in choice.excluded)
        raise ConflictError(f"not running: {names}; start it, or launch without it")
    if not choice.usable:
        raise ConflictError("no bot of yours is running: start one first")
    return choice.usable


def pick_due_bots(
    session: Session, *, owner: int, launcher: int, bot_ids: Sequence[int]
) -> list[int]:
    """Return the bots that carry a schedule whose time has come: the named ones, else all that are
    to run.

    Nobody may be there to start a bot then. So one that is just coming up, as all are after a
    restart of the platform, takes part; of the named ones also one that is stopped, whose
    recipients wait.

    Raises:
        ConflictError: not one of them is to run.
    """
    anybodys = engine.rows(session, _IS_ADMIN(launcher=launcher))[0]
    rows = _bots(session, Scope(owner, launcher, anybodys), bot_ids, lock=True)
    ready = [row.id for row in rows if row.due]
    if not ready:
        whose = "of its bots" if bot_ids else "bot of yours"
        raise ConflictError(f"no {whose} is running: start one and launch again")
    return [row.id for row in rows] if bot_ids else ready


def launch(
    session: Session,
    *,
    ad: Advertisement,
    scope: Scope,
    bot_ids: Sequence[int] | None,
    scheduled_for: datetime | None,
    policy: str,
    message: dict[str, Any],
    late_after_s: int | None = None,
    priority: int = 1,
) -> Broadcast:
    """Launch `ad` through bots in `scope`, now or at `scheduled_for`; return the broadcast.

    The caller holds the ad's row lock and has checked its state. `message` is the ad's content as
    `domain.message` stores it. For a schedule `audience` is what it would be now.

    Raises:
        NotFoundError, ConflictError: as `pick_bots`; no audience.
    """
    wanted = wanted_bots(bot_ids, targetings.parse(ad.targeting))
    usable = pick_bots(session, scope, wanted)
    broadcast = Broadcast(
        ad_id=ad.id,
        user_id=scope.owner,
        launched_by=scope.launcher,
        status="scheduled",
        policy=policy,
        message=message,
        targeting=ad.targeting,
        bot_ids=wanted,
        audience=0,
        priority=priority,
        price=ad.price,
        currency=ad.currency,
        scheduled_for=scheduled_for,
        late_after_s=late_after_s,
    )
    session.add(broadcast)
    session.flush()
    if scheduled_for is None:
        _begin(session, broadcast, usable)
        ad.status, ad.completed_at = "broadcasting", None
    else:
        _schedule(session, broadcast, ad, usable, scheduled_for)
    return broadcast


def _schedule(
    session: Session, broadcast: Broadcast, ad: Advertisement, bot_ids: list[int], at: datetime
) -> None:
    """Ask for the launch at its time; the audience is what it would be now."""
    rule = targetings.parse(ad.targeting)
    found = preview(session, bot_ids=bot_ids, targeting=rule, salt=ad.id)
    broadcast.audience = sum(audience for _, audience in found)
    engine.run(session, queue.defer_launch(broadcast.id, at))
    ad.status, ad.completed_at, ad.scheduled_for = "scheduled", None, at
    session.flush()


def launch_due(session: Session, broadcast_id: int) -> str | None:
    """Begin a scheduled broadcast whose time has come; return why not where it could not.

    None also where there is nothing to do: cancelled, or begun before.
    """
    broadcast = session.get(Broadcast, broadcast_id)
    if broadcast is None:
        return None
    reason = None
    try:
        account_state.hold(session, broadcast.user_id)
    except ConflictError as error:
        reason = f"could not start at its time: {error}"
    ad = session.get_one(Advertisement, broadcast.ad_id, with_for_update=True)
    session.refresh(broadcast, with_for_update=True)
    if broadcast.status != "scheduled" or broadcast.scheduled_for is None:
        return None
    owner, wanted = broadcast.user_id, broadcast.bot_ids
    launcher = broadcast.launched_by or owner
    reason = reason or _too_late(broadcast, broadcast.scheduled_for)
    reason = reason or separation.why_not(workspace.held(session), ad, launcher)
    if reason is None:
        try:
            ready = pick_due_bots(session, owner=owner, launcher=launcher, bot_ids=wanted)
            _begin(session, broadcast, ready)
        except ConflictError as error:
            reason = f"could not start at its time: {error}"
    ad.status = "broadcasting" if reason is None else "failed"
    if reason is not None:
        broadcast.status, broadcast.reason, broadcast.audience = "failed", reason, 0
        broadcast.completed_at = ad.completed_at = datetime.now(UTC)
    return reason


def _too_late(broadcast: Broadcast, at: datetime) -> str | None:
    """Return why a schedule is skipped whose time was missed by more than its ad allows."""
    late_s = (datetime.now(UTC) - at).total_seconds()
    allowed_s = broadcast.late_after_s
    if allowed_s is None or late_s <= allowed_s + ON_TIME_S:
        return None
    return (
        f"skipped: its time was missed by {_span(late_s)}, and the ad may be late by "
        f"{_span(allowed_s)} at the most"
    )


def _span(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if 0 < seconds < 120 else f"{seconds / 60:.0f} minutes"


def _begin(session: Session, broadcast: Broadcast, bot_ids: list[int]) -> None:
    """Store the audience and ask for the deliveries."""
    rule = targetings.parse(broadcast.targeting)
    engine.run(session, _OPEN(broadcast_id=broadcast.id, bot_ids=bot_ids))
    store = _STORE._replace(text=_candidates(rule).rstrip() + ", " + _STORE.text)
    given = _rule(bot_ids, rule, broadcast.ad_id)
    stored = _read_candidates(session, rule, store(broadcast_id=broadcast.id, **given))
    if not stored:
        raise ConflictError("nobody to send to: no active subscriber matches the targeting")
    sizes = dict(sorted(stored))  # in order of bots, as a preview has
    budgets = paid_budgets(broadcast.message, list(sizes.values()))
    columns = {"ids": list(sizes), "sizes": list(sizes.values()), "budgets": budgets}
    reached = engine.rows(session, _SIZE(**columns))
    broadcast.status, broadcast.started_at = "broadcasting", datetime.now(UTC)
    broadcast.audience = sum(sizes.values())
    session.flush()
    topics = [f"deliver:{bot_id}" for bot_id in reached]
    engine.run(
        session,
        _DROP_EMPTY(broadcast_id=broadcast.id),
        queue.defer_deliver(*reached),
        queue.notify(*topics),
    )
