"""How many different people wrote to bots and are subscribed to them, each counted once.

Read from sums that the job of `rollup.py` makes, so the cost depends on the number of periods
alone. Nothing is estimated: numbers are of all rows up to the moment that the answer names.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from sqlalchemy.orm import Session

from crier.analytics.activity import Whose
from crier.analytics.rollup import midnight, rolled
from crier.domain.span import Span
from crier.storage import engine, queries

SQL: Final = queries.load("activity")
Grain = Literal["day", "week", "month"]


class ActivePeople(NamedTuple):
    """Different people who wrote in a day, week or month of UTC that begins at `start`."""

    start: date
    people: int


class SubscribedPeople(NamedTuple):
    """Different people who were subscribed at a moment."""

    people: int
    at: datetime


class People(NamedTuple):
    """People of one bot, of an owner's bots, or of everybody's."""

    subscribed: SubscribedPeople | None
    """None for one bot, whose subscribers are counted elsewhere, and before the first hour."""
    until: datetime | None
    """What was written before is counted, in weeks and months whole days; None before the first
    hour."""
    series: list[ActivePeople]


_ACTIVE: Final = SQL.query("active_people", ActivePeople)
_SUBSCRIBED: Final = SQL.query("subscribed_people", SubscribedPeople)


def people(session: Session, whose: Whose, span: Span, grain: Grain) -> People:
    """Return who wrote in each period that the span touches, without gaps."""
    done = rolled(session)
    owner = 0 if whose.bot_id else whose.owner or 0
    periods = starts(span, grain)
    given = {"owner": owner, "bot_id": whose.bot_id or 0, "grain": grain}
    rows = engine.rows(session, _ACTIVE(**given, first=periods[0], last=periods[-1]))
    found = dict(rows)
    until = done.until if done else None
    return People(
        None if whose.bot_id else engine.first(session, _SUBSCRIBED(owner=owner)),
        midnight(until) if until and grain != "day" else until,
        [ActivePeople(start, found.get(start, 0)) for start in periods],
    )


def starts(span: Span, grain: Grain) -> list[date]:
    """Return the first days of the periods of UTC that a span touches."""
    day = span.start.astimezone(UTC).date()
    last = (span.end - timedelta.resolution).astimezone(UTC).date()
    found = [_begin(day, grain)]
    while (following := _following(found[-1], grain)) <= last:
        found.append(following)
    return found


def _begin(day: date, grain: Grain) -> date:
    if grain == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if grain == "week" else day


def _following(start: date, grain: Grain) -> date:
    if grain == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=7 if grain == "week" else 1)
