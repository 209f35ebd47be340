"""Where a bot's chats came from, and what became of them: by deep link, and by language.

Read from the chats that joined in the span (`subscribers_joined_idx`), so the cost depends on them
and on the bot's own clicks.
"""

from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from crier.domain.span import Span
from crier.storage import engine, queries

SQL: Final = queries.load("activity")
MOST: Final = 200
"""Names of each kind in an answer."""


class Origin(NamedTuple):
    """Chats of one deep link (`by_source`), or of one language; of none where `name` is None."""

    by_source: bool
    name: str | None
    joined: int
    active: int
    unsubscribed: int
    blocked: int
    gone: int
    clicked: int


_ORIGINS: Final = SQL.query("origins", Origin)


def origins(session: Session, bot_id: int, span: Span) -> tuple[list[Origin], list[Origin]]:
    """Return what became of the chats that joined in the span, by deep link and by language.

    The most frequent names come first, `MOST` of each kind at most.
    """
    given = {"bot_id": bot_id, "start": span.start, "end": span.end, "limit": MOST}
    found = engine.rows(session, _ORIGINS(**given))
    return [row for row in found if row.by_source], [row for row in found if not row.by_source]
