"""The queue of jobs: the only package that knows how Procrastinate works inside.

Its tables and functions are named here, in `storage/sql/queue.sql` and in the migrations, and its
private attributes in `crier.storage.queue.worker`; `tests/unit/test_queue_fence.py` keeps it so.
Everything else asks for work by the functions below. They return statements, so that an API
request (`storage.engine`) and the worker (`storage.aio`) ask inside their own transactions.

At most one waiting job of each queueing lock exists: the unique index
`procrastinate_jobs_queueing_lock_idx_v1` holds that, and `ON CONFLICT DO NOTHING` makes asking
again free. Several are asked for in the order of their locks, so that two callers never wait for
each other.

What is asked for while a trace is recorded is told of it by an argument of the job
(`observability.tracing`), but not what waits for a time of its own: `defer_launch`.
"""

import json
from datetime import datetime
from typing import Final, NamedTuple

from crier.observability import tracing
from crier.storage import queries
from crier.storage.queries import Statement, StatementTemplate

SQL: Final = queries.load("queue")


class QueueState(NamedTuple):
    """A queue of jobs as it is now."""

    name: str
    waiting: int
    running: int
    failed: int
    oldest_seconds: float


QUEUES: Final = SQL.query("queues", QueueState)
CHANGED_MUCH: Final = SQL.query("changed_much", bool)
RECLAIM: Final = SQL.query("reclaim")
FORGET_WORKERS: Final = SQL.query("forget_workers")
ORPHANED: Final = SQL.query("orphaned", int)
RETURN_ORPHANED: Final = SQL.query("return_orphaned")
IDLE_BOTS: Final = SQL.query("idle_bots", int)
IDLE_DELIVERIES: Final = SQL.query("idle_deliveries", int)
IDLE_SCHEDULES: Final = SQL.query("idle_schedules")
IDLE_EXPORTS: Final = SQL.query("idle_exports")
_DEFER: Final = SQL.query("defer_of_bots")
_DEFER_LAUNCH: Final = SQL.query("defer_launch")
_DEFER_ERASE: Final = SQL.query("defer_erase")
_DEFER_SEND_MAILS: Final = SQL.query("defer_send_mails")
_DEFER_PERSON_DATA: Final = SQL.query("defer_person_data")
_DEFER_LINK_CHAT: Final = SQL.query("defer_link_chat")
_DEFER_EXPORT: Final = SQL.query("defer_export")
_DEFER_CLEAN_EXPORTS: Final = SQL.query("defer_clean_exports")
_NOTIFY: Final = StatementTemplate[None](
    "SELECT pg_notify('crier', topic) FROM unnest(%(topics)s::text[]) AS topic"
)


def defer_run_bot(*bot_ids: int) -> Statement[None]:
    """Ask for a session of each bot."""
    return _of_bots("bots", "run_bot", "bot:", bot_ids)


def defer_deliver(*bot_ids: int) -> Statement[None]:
    """Ask for the deliveries of each bot to be run."""
    return _of_bots("broadcasts", "deliver", "deliver:", bot_ids)


def defer_launch(broadcast_id: int, at: datetime) -> Statement[None]:
    """Ask for a scheduled broadcast to be launched at its time."""
    return _DEFER_LAUNCH(broadcast_id=broadcast_id, at=at)


def defer_erase() -> Statement[None]:
    """Ask for what waits in `privacy_requests` to be carried out now; each minute it is anyway."""
    return _DEFER_ERASE(trace=_trace())


def defer_send_mails() -> Statement[None]:
    """Ask for what waits in the outbox to be sent now; each minute it is anyway."""
    return _DEFER_SEND_MAILS(trace=_trace())


def defer_person_data(bot_id: int, subject: str, lock: str) -> Statement[None]:
    """Ask for a person to be sent what is kept of them; `subject` is their id, sealed."""
    return _DEFER_PERSON_DATA(bot_id=bot_id, subject=subject, lock=lock, trace=_trace())


def defer_link_chat(bot_id: int, subject: str, lock: str) -> Statement[None]:
    """Ask for a chat to be linked to an account; `subject` is the chat and its code, sealed."""
    return _DEFER_LINK_CHAT(bot_id=bot_id, subject=subject, lock=lock, trace=_trace())


def defer_export(export_id: int) -> Statement[None]:
    """Ask for an export to be written."""
    return _DEFER_EXPORT(export_id=export_id, trace=_trace())


def defer_clean_exports() -> Statement[None]:
    """Ask for files that no export names to be removed."""
    return _DEFER_CLEAN_EXPORTS()


def notify(*topics: str) -> Statement[None]:
    """Nudge whatever listens for `topics` (`bot:7`, `deliver:7`) when the transaction commits."""
    return _NOTIFY(topics=list(topics))


def _of_bots(queue: str, task: str, lock: str, bot_ids: tuple[int, ...]) -> Statement[None]:
    return _DEFER(queue=queue, task=task, lock=lock, ids=list(bot_ids), trace=_trace())


def _trace() -> str:
    return json.dumps(tracing.job_arguments())
