"""Errors by kind: found, and marked as known or resolved.

What counts them is `observability/error_groups.py`. It locks the row of a group as a change here
does, so that an error that comes meanwhile is counted before or after the change. A resolved group
opens again with the first error that is later than the change.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.observability import context
from crier.observability.error_groups import KIND_MAX_CHARS, ErrorGroups, Sample, bounded
from crier.observability.redact import head
from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import NotFoundError
from crier.storage.models.ads import Broadcast
from crier.storage.models.error_groups import ErrorGroup, ErrorHour
from crier.storage.models.people import User
from crier.storage.text import contains

State = Literal["open", "known", "resolved"]
STATES: Final[tuple[State, ...]] = get_args(State)
DASHBOARD: Final = "dashboard"
DASHBOARD_EVENT: Final = "dashboard_failed"
_ACTIONS: Final[dict[State, str]] = {
    "open": "error.reopen",
    "known": "error.mark_known",
    "resolved": "error.resolve",
}
_MESSAGE_MAX_CHARS: Final = 500
_STACK_MAX_CHARS: Final = 6000


@dataclass(frozen=True, kw_only=True)
class ErrorFilter:
    """Which groups: by program, state, words of kind or message, and the time of their errors."""

    program: str | None = None
    state: State | None = None
    q: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def find(wanted: ErrorFilter) -> sa.Select[ErrorGroup]:
    """Return a query of groups that had errors in the span."""
    found = sa.select(ErrorGroup)
    if wanted.program is not None:
        found = found.where(ErrorGroup.program == wanted.program)
    if wanted.state is not None:
        found = found.where(ErrorGroup.state == wanted.state)
    if wanted.since is not None:
        found = found.where(ErrorGroup.last_seen >= wanted.since)
    if wanted.until is not None:
        found = found.where(ErrorGroup.first_seen < wanted.until)
    if wanted.q:
        words = (contains(text, wanted.q) for text in (ErrorGroup.kind, ErrorGroup.message))
        found = found.where(sa.or_(*words))
    return found


def totals(session: Session) -> dict[str, int]:
    """Return how many groups there are of each state."""
    counted = sa.select(ErrorGroup.state, sa.func.count()).group_by(ErrorGroup.state)
    found = dict(session.execute(counted).all())
    return {state: found.get(state, 0) for state in STATES}


def get(session: Session, error_id: int) -> ErrorGroup:
    """Return a group.

    Raises:
        NotFoundError: there is none of this id.
    """
    found = session.get(ErrorGroup, error_id)
    if found is None:
        raise NotFoundError("there is no such kind of error")
    return found


def change(session: Session, caller: Caller, error_id: int, state: State) -> ErrorGroup:
    """Give a group another state.

    Raises:
        NotFoundError: there is none of this id.
    """
    group = session.get(ErrorGroup, error_id, with_for_update=True)
    if group is None:
        raise NotFoundError("there is no such kind of error")
    before = group.state
    if before != state:
        group.state, group.changed_at, group.changed_by = state, datetime.now(UTC), caller.user_id
        session.flush()
        details = {"program": group.program, "kind": group.kind, "before": before}
        audit.record(session, caller, _ACTIONS[state], "error", group.id, details)
    return group


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What is told of groups beside their rows."""

    names: dict[int, str]
    """Of accounts that gave a group its state."""
    hours: dict[int, list[int]]
    """By group, how many errors came in each of the last hours, oldest first."""
    ads: dict[int, int]
    """Of broadcasts that samples name."""


def beside(session: Session, groups: Sequence[ErrorGroup], hours: int) -> Beside:
    """Return what is told of groups beside their rows, of so many hours up to this one."""
    changers = {group.changed_by for group in groups} - {None}
    users = sa.select(User.id, User.username).where(User.id.in_(changers))
    names = dict(session.execute(users).all()) if changers else {}
    named = {group.sample["fields"].get("broadcast_id") for group in groups}
    broadcasts = [number for number in named if type(number) is int]
    of = sa.select(Broadcast.id, Broadcast.ad_id).where(Broadcast.id.in_(broadcasts))
    ads = dict(session.execute(of).all()) if broadcasts else {}
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    first -= timedelta(hours=hours - 1)
    counts = {group.id: [0] * hours for group in groups}
    told = sa.select(ErrorHour).where(ErrorHour.group_id.in_(counts), ErrorHour.at >= first)
    for row in session.scalars(told) if groups else ():
        place = int((row.at - first) / timedelta(hours=1))
        if place < hours:
            counts[row.group_id][place] = row.count
    return Beside(names=names, hours=counts, ads=ads)


def count_of_dashboard(
    errors: ErrorGroups, *, name: str, message: str, stack: str | None, path: str
) -> None:
    """Count an error that somebody's browser had."""
    page = _pattern(path)
    kind = f"{_name(name)} on {page}"
    said = head(message.strip().partition("\n")[0], _MESSAGE_MAX_CHARS)
    if said:
        kind += f": {re.sub('[0-9]+', '#', said)}"
    fields = bounded({**context.current(), "path": path})
    sample = Sample(said or kind, DASHBOARD_EVENT, head(stack or "", _STACK_MAX_CHARS), fields)
    errors.count(head(kind, KIND_MAX_CHARS), time.time(), lambda: sample, DASHBOARD)


def _name(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z_$][\w.$]{0,59}", text, re.ASCII) else "Error"


def _pattern(path: str) -> str:
    """Return a path of the dashboard without what differs from one thing to the next."""
    parts = path.partition("?")[0].split("/")
    return "/".join(p if re.fullmatch(r"[a-z-]{0,40}", p) else "#" for p in parts[:8]) or "/"
