"""Fills a database as years of work would have left it; counts every figure again from its rows.

`large_data.sql` makes the rows and the hours from them; days, months, owners' hours, people,
changes and losses are made by the product's own statements, as its job would have.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from crier.analytics import rollup
from crier.domain.message import AdMessage, Button, to_json, tracked
from crier.storage import engine as engine_of
from crier.storage import queries
from crier.storage.engine import make_engine, make_sessions

FIGURES: Final = (
    *("messages_in", "messages_out", "new_subscribers", "lost_subscribers", "errors", "clicks"),
)
_ROLLUP: Final = queries.load("rollup")
_FILE: Final = Path(__file__).with_suffix(".sql")
_PEOPLE: Final = ("replica", "memory", "pick", "ago", "bots", "subscribers", "bot_counters")
_ACCOUNTS: Final = """
    INSERT INTO users (username, password_hash, role)
    VALUES ('alice', 'none', 'admin'), ('olga', 'none', 'operator') RETURNING id"""
_INDEXES: Final = """
    SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = 'subscribers'::regclass AND NOT i.indisprimary"""
"""To make them again after the rows takes a fraction of the time."""
_HEAD: Final = re.compile(r"^-- (\w+): .*$", re.MULTILINE)


@dataclass(frozen=True)
class Size:
    """How much there is; half of the messages belong to ads."""

    bots: int
    people: int
    messages: int
    logs: int
    days: int
    broadcasts: int

    @property
    def parameters(self) -> dict[str, Any]:
        ads = self.messages // 2 // self.broadcasts
        talk = self.messages - ads * self.broadcasts
        return {**vars(self), "ads": ads, "talk": talk, "months": self.days // 28 + 2}


SMALL: Final = Size(bots=50, people=10_000, messages=100_000, logs=20_000, days=60, broadcasts=10)
LARGE: Final = Size(
    bots=500, people=1_000_000, messages=10_300_000, logs=2_000_000, days=730, broadcasts=200
)


def fill(database_url: str, size: Size, *, owner: int, admin: int) -> None:
    """Make the rows: a twentieth of the bots and ads is the owner's, the others the admin's.

    `database_url` is the superuser's, who alone may switch triggers off.
    """
    links = (Button("Go", "https://shop.example"), Button("More", "https://more.example"))
    message = tracked(AdMessage(text="Buy", buttons=(links,)))
    people = {"owner": owner, "admin": admin, "message": Jsonb(to_json(message))}
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, text in _statements().items():
            if not name.startswith("check_"):
                connection.execute(text, size.parameters | people)
    engine = make_engine(database_url, name="bench")
    with make_sessions(engine).begin() as session:
        rollup.rebuild(session)
        _roll_up_all(session)
    engine.dispose()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def fill_people(database_url: str, people: int, bots: int) -> None:
    """Make bots and their chats alone, of alice, an admin, and olga, an owner."""
    size = replace(LARGE, people=people, bots=bots)
    with psycopg.connect(database_url, autocommit=True) as connection:
        made = connection.execute(_ACCOUNTS).fetchall()
        given = size.parameters | {"admin": made[0][0], "owner": made[1][0]}
        indexes = connection.execute(_INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        for name in _PEOPLE:
            connection.execute(_statements()[name], given)
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _roll_up_all(session: Session) -> None:
    """Sum up what `rebuild` leaves as it is, as the job did while its rows and minutes were new."""
    done = rollup.rolled(session)
    assert done is not None
    hours = [done.since + n * rollup.HOUR for n in range((done.until - done.since) // rollup.HOUR)]
    for low in range(0, len(hours), 500):
        some = {"hours": hours[low : low + 500]}
        engine_of.run(session, *(_ROLLUP.query(name)(**some) for name in ("changes", "losses")))
    engine_of.run(session, _ROLLUP.query("subscribed")())


def rows(connection: psycopg.Connection[Any], name: str, **given: Any) -> list[dict[str, Any]]:
    """Return what a statement that counts rows (`check_…`) finds."""
    cursor = connection.cursor(row_factory=dict_row)
    return cursor.execute(_statements()[f"check_{name}"], given).fetchall()


def _statements() -> Mapping[str, LiteralString]:
    parts = _HEAD.split(_FILE.read_text())[1:]
    texts = (cast("LiteralString", text.strip()) for text in parts[1::2])
    return dict(zip(parts[::2], texts, strict=True))


def recount(
    connection: psycopg.Connection[Any], bot_id: int | None, start: datetime, end: datetime
) -> dict[str, int]:
    """The figures of a bot (of all where None) in a span, from the rows themselves."""
    connection.execute(_statements()["events"])
    row = connection.execute(_SUMS, {"start": start, "end": end, "bot": bot_id}).fetchone()
    connection.execute("DROP VIEW events")
    return dict(zip(FIGURES, (int(value or 0) for value in row or ()), strict=True))


_SUMS: Final[LiteralString] = """
    SELECT sum(messages_in), sum(messages_out), sum(new_subscribers), sum(lost_subscribers),
           sum(errors), sum(clicks)
    FROM events WHERE at >= %(start)s AND at < %(end)s
      AND (%(bot)s::bigint IS NULL OR bot_id = %(bot)s)"""
