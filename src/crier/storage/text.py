"""Comparing texts without regard to case, whatever the locale of the database.

In a Turkish one `lower('I')` is `ı`. Names and codes of A to Z are folded by `COLLATE "C"`; what
people wrote, in whatever language, by Unicode's own rules, which PostgreSQL has built in
(`pg_c_utf8`, since version 17).
"""

from typing import Any

import sqlalchemy as sa


def contains(text: Any, words: str) -> sa.ColumnElement[bool]:
    """Return whether a column or another text of the database holds `words`, without regard to
    case.

    An index on `lower(… COLLATE "pg_c_utf8") gin_trgm_ops` serves it, from three characters on.
    """
    for character in "\\%_":
        words = words.replace(character, f"\\{character}")
    return _folded(text).like(_folded(sa.literal(f"%{words}%")))


def _folded(text: Any) -> sa.ColumnElement[str]:
    return sa.func.lower(sa.collate(text, "pg_c_utf8"))
