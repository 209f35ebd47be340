"""Asking for work inside the caller's own transaction: Procrastinate jobs and notifications.

The statements are plain SQL for psycopg, so that an API request (`Connection.exec_driver_sql`) and
the worker use the same ones. At most one waiting job a queueing lock exists: the unique index
`procrastinate_jobs_queueing_lock_idx_v1` holds that, and `ON CONFLICT DO NOTHING` makes asking
again free. Several are asked for in the order of their locks, so that two who ask never wait for
each other. Parameters are given by name.
"""

from typing import Any, Final, LiteralString

from psycopg import AsyncConnection

Statement = tuple[LiteralString, dict[str, Any]]

_DEFER: Final = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
    SELECT %(queue)s, %(task)s, %(lock)s || id, %(lock)s || id, jsonb_build_object('bot_id', id)
    FROM unnest(%(ids)s::bigint[]) AS id
    ORDER BY 4
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
"""
_NOTIFY: Final = "SELECT pg_notify('crier', topic) FROM unnest(%(topics)s::text[]) AS topic"


def defer_run_bot(*bot_ids: int) -> Statement:
    """Ask for a session of each bot."""
    return _DEFER, {"queue": "bots", "task": "run_bot", "lock": "bot:", "ids": list(bot_ids)}


def defer_deliver(*bot_ids: int) -> Statement:
    """Ask for the deliveries of each bot to be run."""
    return _DEFER, {
        "queue": "broadcasts",
        "task": "deliver",
        "lock": "deliver:",
        "ids": list(bot_ids),
    }


def notify(*topics: str) -> Statement:
    """Nudge whoever listens for `topics` (`bot:7`, `deliver:7`) when the transaction commits."""
    return _NOTIFY, {"topics": list(topics)}


async def run(connection: AsyncConnection[Any], *statements: Statement) -> None:
    """Execute `statements` in the current transaction of `connection`."""
    for text, parameters in statements:
        await connection.execute(text, parameters)
