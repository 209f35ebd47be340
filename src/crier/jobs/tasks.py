"""The tasks of the queue: thin, each calls the part that does the work.

A job that is handed back (the worker stops) is not retried but deferred anew: at most one waiting
job of each lock exists, so a retry could collide with a job that was deferred meanwhile.

The names of the tasks stand in the rows of waiting jobs: a new name needs the steps that
docs/decisions/0021 tells.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from procrastinate import Blueprint, JobContext
from sqlalchemy.orm import Session, sessionmaker

from crier.analytics import languages, rollup
from crier.analytics.performance import folding
from crier.broadcast import delivery_runner
from crier.broadcast.broadcast_context import BroadcastContext
from crier.errors import HandedBack
from crier.fleet.fleet_context import FleetContext
from crier.fleet.session import run_session
from crier.jobs import chat_linking, exporting, person_data, retention
from crier.services.ads import media_cleaning
from crier.services.broadcasts import launch as launching
from crier.services.exports import report_schedules
from crier.services.exports.writing import Writer
from crier.services.people import security_notices, sending, sign_ins
from crier.services.privacy import erasing, outside
from crier.storage import aio, inbound, queries, queue
from crier.storage.pool import Pool
from crier.storage.queries import Statement
from crier.storage.uploads import Uploads

log = logging.getLogger(__name__)
PARTS: Final = "parts"
"""Under this name a worker gives its `Parts` to the tasks, in `JobContext.additional_context`."""
FORGET_SESSIONS = "DELETE FROM auth_sessions WHERE expires_at < now() - interval '30 days'"
FORGET_CHALLENGES = "DELETE FROM spent_challenges WHERE until < now()"
FORGET_HOURS_OF_ERRORS = "DELETE FROM error_hours WHERE at < now() - interval '8 days'"
FORGET_KEYS = "DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'"
HAND_BACK = queries.load("export_jobs").query("hand_back")
ClockTask = Callable[[JobContext, int], Awaitable[None]]
blueprint = Blueprint()


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of a worker that the tasks call."""

    pool: Pool
    fleet: FleetContext
    context: BroadcastContext
    uploads: Uploads
    database: sessionmaker[Session]
    keep_days: Mapping[str, int | None]
    exports: Writer
    connections: str


def _by_the_clock(cron: str, name: str) -> Callable[[ClockTask], ClockTask]:
    """Declare a task that comes at the times of `cron`, once at a time on the whole platform."""

    def declare(task: ClockTask) -> ClockTask:
        declared = blueprint.task(
            name=name, queue="jobs", lock=name, queueing_lock=name, pass_context=True
        )(task)
        blueprint.periodic(cron=cron)(declared)
        return task

    return declare


@blueprint.task(name="run_bot", queue="bots", pass_context=True)
async def run_bot(context: JobContext, bot_id: int) -> None:
    """Run the session of a bot, from start to stop."""
    parts = _parts(context)
    try:
        await run_session(parts.fleet, bot_id)
    except HandedBack:
        await _defer_again(parts.pool, queue.defer_run_bot(bot_id))


@blueprint.task(name="deliver", queue="broadcasts", pass_context=True)
async def deliver(context: JobContext, bot_id: int) -> None:
    """Run the open deliveries of a bot."""
    parts = _parts(context)
    try:
        await delivery_runner.run_deliveries(parts.context, bot_id)
    except HandedBack:
        await _defer_again(parts.pool, queue.defer_deliver(bot_id))


@blueprint.task(name="launch", queue="jobs", pass_context=True)
async def launch(context: JobContext, broadcast_id: int) -> None:
    """Launch a scheduled broadcast; it is its time."""
    reason = await asyncio.to_thread(_launch_due, _parts(context).database, broadcast_id)
    if reason is not None:
        log.warning("launch_missed", extra={"broadcast_id": broadcast_id, "reason": reason})


@_by_the_clock("* * * * *", "roll_up")
async def roll_up(context: JobContext, timestamp: int) -> None:
    """Sum up minutes into hours and days, and ended broadcasts by language."""
    await asyncio.to_thread(_roll_up, _parts(context).database)


@_by_the_clock("* * * * *", "fold_performance")
async def fold_performance(context: JobContext, timestamp: int) -> None:
    """Fold samples of performance into longer ones; delete what is kept for a time only."""
    await asyncio.to_thread(_fold, _parts(context).database)


@_by_the_clock("* * * * *", "tell_sign_ins")
async def tell_sign_ins(context: JobContext, timestamp: int) -> None:
    """Write the sums of failed sign-ins into the audit log."""
    await asyncio.to_thread(_tell_sign_ins, _parts(context).database)


@_by_the_clock("* * * * *", "tell_security")
async def tell_security(context: JobContext, timestamp: int) -> None:
    """Post security events to where the operator wants to know of them."""
    parts = _parts(context)
    webhook = parts.fleet.settings.security_webhook
    if webhook is not None:
        await asyncio.to_thread(security_notices.tell, parts.database, webhook)


@_by_the_clock("* * * * *", "erase")
async def erase(context: JobContext, timestamp: int) -> None:
    """Erase the people and the deleted bots that somebody has asked for."""
    parts = _parts(context)
    await asyncio.to_thread(outside.keep, parts.database, outside.list_of(parts.fleet.settings))
    await asyncio.to_thread(erasing.work_off, parts.database, parts.fleet.vault)


@_by_the_clock("* * * * *", "send_mails")
async def send_mails(context: JobContext, timestamp: int) -> None:
    """Write the reports that are due, and send what waits in the outbox."""
    parts = _parts(context)
    fleet = parts.fleet
    due = (parts.database, fleet.vault, fleet.settings)
    await asyncio.to_thread(report_schedules.write_due, *due)
    await asyncio.to_thread(sending.work_off, *due)


@blueprint.task(name="send_person_data", queue="jobs", pass_context=True)
async def send_person_data(context: JobContext, bot_id: int, subject: str) -> None:
    """Send a person what is kept of them, through the bot that they have asked."""
    parts = _parts(context)
    await person_data.send(parts.fleet, parts.database, bot_id, subject)


@blueprint.task(name="link_chat", queue="jobs", pass_context=True)
async def link_chat(context: JobContext, bot_id: int, subject: str) -> None:
    """Link a chat to an account, or unlink it, and tell its person."""
    parts = _parts(context)
    await chat_linking.link(parts.fleet, parts.database, bot_id, subject)


@_by_the_clock("41 * * * *", "clean_uploads")
async def clean_uploads(context: JobContext, timestamp: int) -> None:
    """Remove uploads that no ad has named for a day."""
    parts = _parts(context)
    await asyncio.to_thread(media_cleaning.clean, parts.database, parts.uploads)


@blueprint.task(name="export", queue="exports", pass_context=True)
async def export(context: JobContext, export_id: int) -> None:
    """Write an export."""
    parts = _parts(context)
    try:
        await exporting.run(export_id, parts.connections, parts.fleet.stopping)
    except HandedBack:
        async with parts.pool.connection() as connection:
            await aio.run(connection, HAND_BACK(id=export_id), queue.defer_export(export_id))


@_by_the_clock("23 * * * *", "clean_exports")
async def clean_exports(context: JobContext, timestamp: int) -> None:
    """Forget exports that have expired, and remove files that no export names."""
    await asyncio.to_thread(_parts(context).exports.clean)


@blueprint.periodic(cron="17 3 * * *")
@blueprint.task(
    name="nightly_cleanup",
    aliases=["keep_house"],  # what workers of before 0007 still defer during an update
    queue="jobs",
    queueing_lock="nightly_cleanup",
    pass_context=True,
)
async def nightly_cleanup(context: JobContext, timestamp: int) -> None:
    """Make the partitions of the coming months; delete what is kept for a time only."""
    parts = _parts(context)
    async with parts.pool.connection() as connection:
        await connection.execute("SELECT make_partitions()")
        await connection.execute(FORGET_KEYS)
        await connection.execute(FORGET_HOURS_OF_ERRORS)
        await connection.execute(FORGET_SESSIONS)
        await connection.execute(FORGET_CHALLENGES)
        await connection.execute(inbound.FORGET)
    await asyncio.to_thread(_prune, parts.database)
    await retention.drop_old(parts.pool, parts.keep_days)
    await retention.forget_old(parts.pool, parts.keep_days)


def _parts(context: JobContext) -> Parts:
    parts: Parts = context.additional_context[PARTS]
    return parts


async def _defer_again(pool: Pool, statement: Statement[None]) -> None:
    async with pool.connection() as connection:
        await aio.run(connection, statement)


def _launch_due(database: sessionmaker[Session], broadcast_id: int) -> str | None:
    with database.begin() as session:
        return launching.launch_due(session, broadcast_id)


def _tell_sign_ins(database: sessionmaker[Session]) -> None:
    with database.begin() as session:
        sign_ins.tell(session)


def _roll_up(database: sessionmaker[Session]) -> None:
    """Roll up hour by hour, and broadcast by broadcast, until nothing is left to do."""
    again = True
    while again:
        with database.begin() as session:
            again = rollup.run(session)
    again = True
    while again:
        with database.begin() as session:
            again = languages.run(session)


def _fold(database: sessionmaker[Session]) -> None:
    again = True
    while again:
        with database.begin() as session:
            again = folding.run(session)
    with database.begin() as session:
        folding.prune(session)


def _prune(database: sessionmaker[Session]) -> None:
    with database.begin() as session:
        rollup.prune(session)
