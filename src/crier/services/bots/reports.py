"""How a bot is doing: status, figures and messages. Reads only, from rows that are kept up as
work is recorded."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.analytics import activity
from crier.analytics.activity import Point, Whose
from crier.domain import histogram
from crier.domain.span import Bucket, Span
from crier.storage import engine, queries
from crier.storage.models.ads import Broadcast, Delivery
from crier.storage.models.bots import Bot, Subscriber
from crier.storage.models.records import Message
from crier.storage.text import contains

SQL: Final = queries.load("bot_reports")
_NAMES: Final = sa.literal_column(
    "(coalesce(title, '') || ' ' || coalesce(first_name, '') || ' ' || coalesce(username, ''))",
    sa.Text,
)
"""As the index `subscribers_name_idx` has it."""
SUMMED: Final = ("messages_in", "messages_out", "errors")


class BotPeople(NamedTuple):
    """Chats of a bot: those seen in a span, those blocked and those subscribed."""

    active_users: int
    blocked: int
    subscribers: int


_PEOPLE: Final = SQL.query("people", BotPeople)
_WAITING: Final = SQL.query("waiting", int)


def status(session: Session, bot: Bot) -> dict[str, Any]:
    """Return how the bot's session is doing at this moment."""
    up = bot.started_at if bot.instance_id is not None else None
    waiting = engine.rows(session, _WAITING(bot_id=bot.id))[0]
    return {
        "id": bot.id,
        "status": bot.status,
        "desired_status": bot.desired_status,
        "instance_id": bot.instance_id,
        "worker": bot.worker,
        "started_at": up,
        "uptime_seconds": max(int((datetime.now(UTC) - up).total_seconds()), 0) if up else 0,
        "restarts": bot.restarts,
        "last_active": bot.last_active,
        "last_error": bot.last_error,
        "pending_updates": bot.pending_updates + waiting,
    }


def metrics(
    session: Session, bot: Bot, span: Span, bucket: Bucket, zone: ZoneInfo
) -> dict[str, Any]:
    """Return figures of the span, as sums and as a series without gaps.

    `active_users` are those of the subscribers that were seen since the day (UTC) of the span's
    start.
    """
    latencies = activity.latencies(session, bot.id, span, bucket, zone)
    series = [
        _with_latency(point, latencies.get(point.at, ()))
        for point in activity.series(session, Whose(bot_id=bot.id), span, bucket, zone)
    ]
    (people,) = engine.rows(session, _PEOPLE(bot_id=bot.id, start=span.start))
    totals = {name: sum(point[name] for point in series) for name in SUMMED}
    return {
        "id": bot.id,
        "totals": {**totals, **people._asdict()},
        "counted": activity.counted(session, span),
        "series": series,
    }


def _with_latency(point: Point, counts: Sequence[int]) -> dict[str, Any]:
    p50, p95 = histogram.percentiles(counts, (0.50, 0.95))
    return {**point._asdict(), "latency_p50_ms": p50, "latency_p95_ms": p95}


def chats(bot: Bot, status: str | None, q: str | None) -> sa.Select[Any]:
    """Return a query of the chats that a bot knows; `q` is part of a name, or a chat's id."""
    title = sa.func.coalesce(Subscriber.title, Subscriber.first_name).label("title")
    columns = ("chat_id", "type", "username", "language_code", "status", "joined_at")
    found = sa.select(
        *(getattr(Subscriber, name) for name in columns), title, Subscriber.last_seen_at
    ).where(Subscriber.bot_id == bot.id)
    if status is not None:
        found = found.where(Subscriber.status == status)
    if q:
        is_named = contains(_NAMES, q.removeprefix("@"))
        is_id = re.fullmatch(r"-?[0-9]{1,18}", q)
        found = found.where(sa.or_(is_named, Subscriber.chat_id == int(q)) if is_id else is_named)
    return found


def messages(bot: Bot, chat_id: int | None, direction: str | None) -> sa.Select[Any]:
    """Return a query of a bot's messages. The words of an ad are its broadcast's; skipped
    recipients got none."""
    content = sa.func.coalesce(Message.content, Broadcast.message["text"].astext)
    names = ("id", "chat_id", "direction", "message_type", "status", "sent_at", "error")
    found = (
        sa.select(
            *(getattr(Message, name) for name in names), content.label("content"), Broadcast.ad_id
        )
        .outerjoin(Delivery, Delivery.id == Message.delivery_id)
        .outerjoin(Broadcast, Broadcast.id == Delivery.broadcast_id)
        .where(Message.bot_id == bot.id, Message.status != "skipped")
    )
    if chat_id is not None:
        found = found.where(Message.chat_id == chat_id)
    return found if direction is None else found.where(Message.direction == direction)
