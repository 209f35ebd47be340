"""Every recipient of a broadcast with what became of the message, page by page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, LiteralString, NamedTuple

from sqlalchemy.orm import Session

from crier.storage import engine, queries
from crier.storage.queries import StatementTemplate

SQL: Final = queries.load("recipients")

# Which of the two sources of recipients can hold a status, and where.
_SETTLED: Final[Mapping[str, LiteralString]] = {
    "pending": "false",
    "sent": "m.status = 'sent'",
    "blocked": "m.status = 'blocked' AND m.status <> 'sent'",
    "failed": "m.status = 'failed' AND m.status <> 'sent'",
    "unknown": "m.status = 'unknown' AND m.status <> 'sent'",
    "skipped": "m.status = 'skipped' AND m.status <> 'sent'",
}
_BEYOND: Final[Mapping[str, LiteralString]] = {
    "pending": "d.status = 'pending'",
    "skipped": "d.status = 'cancelled'",
}


class RecipientRow(NamedTuple):
    """One recipient; `bot_id` and `position` are its place in the list."""

    position: int
    bot_id: int
    chat_id: int
    status: str
    sent_at: datetime | None
    message_id: int | None
    error_code: int | None
    error: str | None
    clicked_at: datetime | None


_RECIPIENTS: Final = SQL.query("recipients", RecipientRow)


def page(
    session: Session,
    broadcast_id: int,
    *,
    owner: int | None,
    after: tuple[int, int] | None = None,
    limit: int,
    bot_id: int | None = None,
    status: str | None = None,
) -> list[RecipientRow]:
    """Return up to `limit` recipients after the place `after` = (bot_id, position).

    They are those of the bots of `owner` (None: of everybody's): a chat belongs to its bot,
    whatever ad it got. With `bot_id` or `status` only those of that bot or with that outcome.
    """
    after_bot, after_position = after or (0, -1)
    statement = of_status(status)(
        broadcast_id=broadcast_id,
        after_bot=after_bot,
        after_position=after_position,
        bot_id=bot_id,
        owner=owner,
        limit=limit,
    )
    return engine.rows(session, statement)


def of_status(status: str | None) -> StatementTemplate[RecipientRow]:
    """Return the statement that reads recipients with an outcome; with any where it is None."""
    settled = "true" if status is None else _SETTLED[status]
    beyond = "d.status <> 'done'" if status is None else _BEYOND.get(status, "false")
    text = _RECIPIENTS.text.replace("/*settled*/", settled).replace("/*beyond*/", beyond)
    return _RECIPIENTS._replace(text=text)
