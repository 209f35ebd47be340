"""Comparing texts without regard to case, whatever the locale of the database.

In a Turkish one `lower('I')` is `ı`. Names and codes of A to Z are folded by `COLLATE "C"`; what
people wrote, in whatever language, by Unicode's own rules, which PostgreSQL has built in
(`pg_c_utf8`, since version 17).
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute


def contains(column: InstrumentedAttribute[Any], words: str) -> sa.ColumnElement[bool]:
    """Whether a column holds `words`, without regard to case."""
    return sa.func.strpos(_folded(column), _folded(sa.literal(words))) > 0


def _folded(text: Any) -> sa.ColumnElement[str]:
    return sa.func.lower(sa.collate(text, "pg_c_utf8"))
