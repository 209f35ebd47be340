"""The rows of an export, one after the other, in constant memory.

Everything is read in one transaction that sees one snapshot (`REPEATABLE READ`), through cursors on
the server. What can be large is walked bot by bot or delivery by delivery along an index, so that
the first row comes at once whatever the size: nothing is sorted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from crier.domain.span import Span
from crier.services import ad_reports
from crier.services.ad_reports import Recipient
from crier.storage import queries

SQL = queries.load("exports")
Dataset = Literal["bots", "ads", "recipients", "messages", "subscribers", "clicks"]
Row = Sequence[Any]
_FETCH: Final = 2000

COLUMNS: Final[dict[Dataset, tuple[str, ...]]] = {
    "bots": (
        *("id", "bot_name", "username", "telegram_id", "user_id", "status", "receive_mode"),
        *("created_at", "last_active", "subscribers", "blocked", "gone", "unsubscribed"),
    ),
    "ads": (
        *("id", "user_id", "title", "content", "status", "created_at", "completed_at", "price"),
        *("currency", "broadcasts", "audience", "sent", "blocked", "failed", "unknown", "skipped"),
        *("clicks", "unique_clicks", "ctr"),
    ),
    "recipients": (
        *("bot_id", "chat_id", "status", "sent_at", "message_id", "error_code", "error"),
        "clicked_at",
    ),
    "messages": (
        *("id", "bot_id", "chat_id", "direction", "message_type", "content", "status", "sent_at"),
        *("message_id", "ad_id", "error_code", "error"),
    ),
    "subscribers": (
        *("bot_id", "chat_id", "type", "status", "title", "first_name", "username"),
        *("language_code", "source", "joined_at", "last_seen_at", "status_at"),
    ),
    "clicks": (
        *("at", "ad_id", "broadcast_id", "bot_id", "chat_id", "link", "url", "kind", "user_agent"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which rows; `owner` None is everybody's. What is named has been checked to be in scope."""

    dataset: Dataset
    owner: int | None
    span: Span
    bot_id: int | None = None
    ad_id: int | None = None
    broadcast_id: int | None = None


def rows(session: Session, wanted: Selection) -> Iterator[Row]:
    """The rows, each with the values of `COLUMNS[wanted.dataset]`."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    match wanted.dataset:
        case "bots" | "ads":
            yield from _stream(session, wanted.dataset, wanted)
        case "recipients":
            yield from _recipients(session, wanted)
        case "subscribers":
            yield from _each(session, "scope_bots", "subscribers", wanted)
        case "clicks":
            yield from _each(session, "scope_deliveries", "clicks", wanted)
        case "messages" if wanted.ad_id is None and wanted.broadcast_id is None:
            yield from _each(session, "scope_bots", "messages_of_bot", wanted)
        case "messages":
            yield from _each(session, "scope_deliveries", "messages_of_delivery", wanted)


def _each(session: Session, scope: str, name: str, wanted: Selection) -> Iterator[Row]:
    for (number,) in list(_stream(session, scope, wanted)):
        yield from _stream(session, name, wanted, number)


def _stream(
    session: Session, name: str, wanted: Selection, number: int | None = None
) -> Iterator[Row]:
    """Rows of a statement through a cursor on the server."""
    given = {
        "id": number,
        "owner": wanted.owner,
        "bot_id": wanted.bot_id,
        "ad_id": wanted.ad_id,
        "broadcast_id": wanted.broadcast_id,
        "start": wanted.span.start,
        "end": wanted.span.end,
    }
    options = {"stream_results": True, "yield_per": _FETCH}
    connection = session.connection()
    with connection.exec_driver_sql(SQL[name], given, execution_options=options) as result:
        yield from result


def _recipients(session: Session, wanted: Selection) -> Iterator[Row]:
    """By pages of constant cost; with a span, those that something happened to in it."""
    after: tuple[int, int] | None = None
    while True:
        page: list[Recipient] = ad_reports.recipients(
            session,
            wanted.broadcast_id,
            owner=wanted.owner,
            after=after,
            limit=_FETCH,
            bot_id=wanted.bot_id,
        )
        for row in page:
            if row.sent_at is None or wanted.span.start <= row.sent_at < wanted.span.end:
                yield row[1:]
        if len(page) < _FETCH:
            return
        after = (page[-1].bot_id, page[-1].position)
