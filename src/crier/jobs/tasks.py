"""The tasks of Procrastinate: thin, each calls the part that does the work.

A job that is handed back (the worker stops) is not retried but asked for anew: at most one waiting
job a lock exists, so that a retry could collide with one that was asked for meanwhile.
"""

import asyncio
import logging
from dataclasses import dataclass

from procrastinate import App
from sqlalchemy.orm import Session, sessionmaker

from crier.analytics import rollup
from crier.broadcast import delivery_runner
from crier.broadcast.broadcast_context import BroadcastContext
from crier.errors import HandedBack
from crier.fleet.fleet_context import FleetContext
from crier.fleet.session import run_session
from crier.services.ads import media_cleaning
from crier.services.broadcasts import launch as launching
from crier.services.people import sign_ins
from crier.storage import inbound, queue
from crier.storage.pool import Pool
from crier.storage.uploads import Uploads

log = logging.getLogger(__name__)
FORGET_SESSIONS = "DELETE FROM auth_sessions WHERE expires_at < now() - interval '30 days'"
FORGET_KEYS = "DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the tasks call."""

    pool: Pool
    fleet: FleetContext
    context: BroadcastContext
    uploads: Uploads
    database: sessionmaker[Session]


def register(app: App, parts: Parts) -> None:
    """Define the tasks of `app`."""

    @app.task(name="run_bot", queue="bots")
    async def run_bot(bot_id: int) -> None:
        try:
            await run_session(parts.fleet, bot_id)
        except HandedBack:
            await _ask_again(parts.pool, queue.defer_run_bot(bot_id))

    @app.task(name="deliver", queue="broadcasts")
    async def deliver(bot_id: int) -> None:
        try:
            await delivery_runner.run_deliveries(parts.context, bot_id)
        except HandedBack:
            await _ask_again(parts.pool, queue.defer_deliver(bot_id))

    @app.task(name="launch", queue="jobs")
    async def launch(broadcast_id: int) -> None:
        reason = await asyncio.to_thread(_launch_due, parts.database, broadcast_id)
        if reason is not None:
            log.warning("launch_missed", extra={"broadcast_id": broadcast_id, "reason": reason})

    @app.periodic(cron="* * * * *")
    @app.task(name="roll_up", queue="jobs", lock="roll_up", queueing_lock="roll_up")
    async def roll_up(timestamp: int) -> None:
        await asyncio.to_thread(_roll_up, parts.database)

    @app.periodic(cron="* * * * *")
    @app.task(name="tell_sign_ins", queue="jobs", lock="sign_ins", queueing_lock="sign_ins")
    async def tell_sign_ins(timestamp: int) -> None:
        await asyncio.to_thread(_tell_sign_ins, parts.database)

    @app.periodic(cron="41 * * * *")
    @app.task(
        name="clean_uploads", queue="jobs", lock="clean_uploads", queueing_lock="clean_uploads"
    )
    async def clean_uploads(timestamp: int) -> None:
        await asyncio.to_thread(media_cleaning.clean, parts.database, parts.uploads)

    @app.periodic(cron="17 3 * * *")
    @app.task(name="nightly_cleanup", queue="jobs", queueing_lock="nightly_cleanup")
    async def nightly_cleanup(timestamp: int) -> None:
        async with parts.pool.connection() as connection:
            await connection.execute("SELECT make_partitions()")
            await connection.execute(FORGET_KEYS)
            await connection.execute(FORGET_SESSIONS)
            await connection.execute(inbound.FORGET)
        await asyncio.to_thread(_prune, parts.database)


async def _ask_again(pool: Pool, statement: queue.Statement) -> None:
    async with pool.connection() as connection:
        await queue.run(connection, statement)


def _launch_due(database: sessionmaker[Session], broadcast_id: int) -> str | None:
    with database.begin() as session:
        return launching.launch_due(session, broadcast_id)


def _tell_sign_ins(database: sessionmaker[Session]) -> None:
    with database.begin() as session:
        sign_ins.tell(session)


def _roll_up(database: sessionmaker[Session]) -> None:
    """Roll up hour by hour until nothing is left to do."""
    again = True
    while again:
        with database.begin() as session:
            again = rollup.run(session)


def _prune(database: sessionmaker[Session]) -> None:
    with database.begin() as session:
        rollup.prune(session)
