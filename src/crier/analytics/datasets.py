"""The rows of an export, one after the other, in constant memory, holding nothing in between.

Rows are read by pages along an index whose key never changes (`after` is the last one of the page
before), each in a transaction of its own: between pages, however long their reader takes, there is
no snapshot, no lock and no connection. The first page comes at once whatever the size, for nothing
is sorted. Pages begin small and double up to `PAGE` rows: an export that nobody reads costs little.

So an export is no picture of one instant. A row that is there all the time is in it exactly once,
as it was when its page was read; one that comes or goes meanwhile may be in it or not, and none is
there twice. All rows of one page are of one instant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy.orm import Session, sessionmaker

from crier.analytics import recipients
from crier.domain.span import EVER, Span
from crier.storage import engine, queries
from crier.storage.queries import StatementTemplate

SQL: Final = queries.load("exports")
CLICKS_BY_TIME: Final = SQL.query("clicks_by_time")
CLICKS_BY_DELIVERY: Final = SQL.query("clicks_by_delivery")
_BOTS: Final = SQL.query("bots")
_ADS: Final = SQL.query("ads")
_SUBSCRIBERS: Final = SQL.query("subscribers")
_MESSAGES_BY_ID: Final = SQL.query("messages_by_id")
_MESSAGES_BY_BOT: Final = SQL.query("messages_by_bot")
_MESSAGES_BY_DELIVERY: Final = SQL.query("messages_by_delivery")
TOTALS: Final = {
    name: SQL.query(f"total_{name}", int) for name in ("bots", "ads", "recipients", "subscribers")
}
Dataset = Literal["bots", "ads", "recipients", "messages", "subscribers", "clicks"]
OF_PEOPLE: Final[frozenset[Dataset]] = frozenset(
    {"recipients", "messages", "subscribers", "clicks"}
)
"""What names chats, one by one."""
Row = Sequence[Any]
PAGE: Final = 2000
_FIRST_PAGE: Final = 250
_FIRST: Final = -(2**63)

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

    @property
    def is_everything(self) -> bool:
        """Whether it is everybody's rows, limited by the span alone."""
        return not (self.owner or self.bot_id or self.ad_id or self.broadcast_id)


def rows(sessions: sessionmaker[Session], wanted: Selection) -> Iterator[Row]:
    """Yield the rows, each with the values of `COLUMNS[wanted.dataset]`."""
    match wanted.dataset:
        case "bots":
            yield from _walk(sessions, _BOTS, wanted)
        case "ads":
            yield from _walk(sessions, _ADS, wanted)
        case "recipients":
            yield from _recipients(sessions, wanted)
        case "subscribers":
            yield from _by_part(sessions, _SUBSCRIBERS, wanted)
        case "clicks" if wanted.is_everything:
            yield from _clicks_by_time(sessions, wanted)
        case "clicks":
            yield from _by_part(sessions, CLICKS_BY_DELIVERY, wanted)
        case "messages" if wanted.is_everything:
            yield from _walk(sessions, _MESSAGES_BY_ID, wanted)
        case "messages" if wanted.ad_id is None and wanted.broadcast_id is None:
            yield from _by_part(sessions, _MESSAGES_BY_BOT, wanted)
        case "messages":
            yield from _by_part(sessions, _MESSAGES_BY_DELIVERY, wanted)


def _page_sizes() -> Iterator[int]:
    size = _FIRST_PAGE
    while True:
        yield size
        size = min(2 * size, PAGE)


def total(session: Session, wanted: Selection) -> int | None:
    """Return how many rows there are now, where that is known without reading them."""
    template, is_whole = TOTALS.get(wanted.dataset), wanted.span == EVER
    if template is None or (wanted.dataset in ("recipients", "subscribers") and not is_whole):
        return None
    if wanted.dataset == "recipients" and wanted.broadcast_id is None:
        return 0
    return engine.first(session, template(**_scope(wanted)))


def _scope(wanted: Selection) -> dict[str, Any]:
    return {
        "owner": wanted.owner,
        "bot_id": wanted.bot_id,
        "ad_id": wanted.ad_id,
        "broadcast_id": wanted.broadcast_id,
        "start": wanted.span.start,
        "end": wanted.span.end,
    }


def _walk(
    sessions: sessionmaker[Session], template: StatementTemplate[Any], wanted: Selection
) -> Iterator[Row]:
    """Yield the rows of a statement by pages, without its last column, which is the key."""
    given = {**_scope(wanted), "after": _FIRST}
    for limit in _page_sizes():
        with sessions() as session:
            page = engine.rows(session, template(**given, limit=limit))
        for row in page:
            yield row[:-1]
        if len(page) < limit:
            return
        given["after"] = page[-1][-1]


def _recipients(sessions: sessionmaker[Session], wanted: Selection) -> Iterator[Row]:
    """Yield recipients; with a span, those that something happened to in it."""
    if wanted.broadcast_id is None:
        return
    after: tuple[int, int] | None = None
    for limit in _page_sizes():
        with sessions() as session:
            page = recipients.page(
                session,
                wanted.broadcast_id,
                owner=wanted.owner,
                after=after,
                limit=limit,
                bot_id=wanted.bot_id,
            )
        for row in page:
            if row.sent_at is None or wanted.span.start <= row.sent_at < wanted.span.end:
                yield row[1:]
        if len(page) < limit:
            return
        after = (page[-1].bot_id, page[-1].position)


def _clicks_by_time(sessions: sessionmaker[Session], wanted: Selection) -> Iterator[Row]:
    """Yield everybody's clicks, oldest first: what lies outside the span costs nothing."""
    after_at, after = wanted.span.start, _FIRST
    for limit in _page_sizes():
        statement = CLICKS_BY_TIME(end=wanted.span.end, after_at=after_at, after=after, limit=limit)
        with sessions() as session:
            page = engine.rows(session, statement)
        for row in page:
            if row.broadcast_id is not None:
                yield row[:-1]
        if len(page) < limit:
            return
        after_at, after = page[-1].at, page[-1].key


def _by_part(
    sessions: sessionmaker[Session], template: StatementTemplate[Any], wanted: Selection
) -> Iterator[Row]:
    """Yield rows of the bots or deliveries in scope, by pages: those of others cost nothing.

    A page goes on over the end of a bot or delivery. Its last columns are the key and the part.
    """
    after_part, after = 0, _FIRST
    for limit in _page_sizes():
        statement = template(
            **_scope(wanted), after_part=after_part, after=after, first=_FIRST, limit=limit
        )
        with sessions() as session:
            page = engine.rows(session, statement)
        for row in page:
            yield row[:-2]
        if len(page) < limit:
            return
        after_part, after = page[-1].part, page[-1].key
