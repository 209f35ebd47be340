"""The queue of jobs: the only package that knows how Procrastinate works inside.

Its tables and functions are named here, in `storage/sql/queue.sql` and in the migrations, and its
private attributes in `crier.storage.queue.worker`; `tests/unit/test_queue_fence.py` keeps it so.
Everything else asks for work by the functions below. They return plain SQL for psycopg, so that an
API request (`Connection.exec_driver_sql`) and the worker ask inside their own transactions.

At most one waiting job of each queueing lock exists: the unique index
`procrastinate_jobs_queueing_lock_idx_v1` holds that, and `ON CONFLICT DO NOTHING` makes asking
again free. Several are asked for in the order of their locks, so that two callers never wait for
each other. Parameters are given by name.
"""

from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import AsyncConnection

from crier.storage import queries

Statement = tuple[LiteralString, dict[str, Any]]
SQL: Final = queries.load("queue")
_NOTIFY: Final = "SELECT pg_notify('crier', topic) FROM unnest(%(topics)s::text[]) AS topic"


def defer_run_bot(*bot_ids: int) -> Statement:
    """Ask for a session of each bot."""
    return _of_bots("bots", "run_bot", "bot:", bot_ids)


def defer_deliver(*bot_ids: int) -> Statement:
    """Ask for the deliveries of each bot to be run."""
    return _of_bots("broadcasts", "deliver", "deliver:", bot_ids)


def defer_launch(broadcast_id: int, at: datetime) -> Statement:
    """Ask for a scheduled broadcast to be launched at its time."""
    return SQL["defer_launch"], {"broadcast_id": broadcast_id, "at": at}


def notify(*topics: str) -> Statement:
    """Nudge whatever listens for `topics` (`bot:7`, `deliver:7`) when the transaction commits."""
    return _NOTIFY, {"topics": list(topics)}


async def run(connection: AsyncConnection[Any], *statements: Statement) -> None:
    """Execute `statements` in the current transaction of `connection`."""
    for text, parameters in statements:
        await connection.execute(text, parameters)


def _of_bots(queue: str, task: str, lock: str, bot_ids: tuple[int, ...]) -> Statement:
    row = {"queue": queue, "task": task, "lock": lock, "ids": list(bot_ids)}
    return SQL["defer_of_bots"], row
