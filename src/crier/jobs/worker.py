"""The worker process: bot sessions, deliveries and background jobs on one event loop.

It stops in order. SIGTERM sets `stopping`. Sessions and delivery runners then reach a safe point
and ask for their jobs anew. The workers of the queues end when their jobs have ended; the ledger,
the signals and the signs of life end last. A part that ends by itself stops the process in the same
way, with status 1, and Supervisor starts it again. Where the database is away while it stops, the
process ends without all this: the next one does what a kill would leave to it.
"""

import asyncio
import contextlib
import logging
import resource
import signal
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvloop
from prometheus_client import CollectorRegistry

from crier.analytics.performance.sampler import Sampler
from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.files import Files
from crier.broadcast.lease import Lease
from crier.broadcast.ledger import Ledger
from crier.errors import CrierError
from crier.fleet.fleet_context import FleetContext
from crier.jobs import metrics, tasks
from crier.jobs.liveness import Liveness
from crier.jobs.reclaim import Reclaimer
from crier.observability import alive, endpoint, logs, tracing
from crier.observability import metrics as observability
from crier.observability.sample_metrics import SampleMetrics
from crier.observability.samples import Samples, rss_bytes
from crier.secrets.slugs import slugs_of
from crier.secrets.vault import Vault
from crier.services.exports.writing import Writer
from crier.services.privacy import outside
from crier.settings import Settings
from crier.storage import reach
from crier.storage.engine import make_engine, make_sessions, time_statements
from crier.storage.pool import open_pool
from crier.storage.pool_metrics import PoolMetrics, Reading, of_engine, of_pool
from crier.storage.queue.worker import STOP_S, Queue, QueueWorker, make_app
from crier.storage.signals import Signals
from crier.storage.uploads import uploads_of
from crier.telegram.client import BotApi
from crier.telegram.rate_limiters import RateLimiters
from crier.telegram.transport import HttpTransport
from crier.version import version

QUEUES = (
    *(Queue("bots", 10_000), Queue("broadcasts", 10_000), Queue("jobs", 8)),
    Queue("exports", 1),
)
MOST_SENDS = 2048
"""Connections for sends of all bots. A bot that Telegram slows down has up to a second of its rate
unanswered, so that dozens of slow bots at 30 a second leave room for the others."""
LAST_S = 15.0
"""What is left to a worker that stops when the time of its jobs is over: it waits for a database
that is away no longer."""
log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT; exit with status 1 where a part of it failed."""
    logs.configure(settings, program="worker")
    _allow_files()
    reach.note_uploads(settings)
    tracing.start(settings, program="worker")
    try:
        ended_as_asked = uvloop.run(_Process(settings).run())
    finally:
        tracing.stop()
    if not ended_as_asked:
        sys.exit(1)


def _allow_files() -> None:
    """Raise the limit of open files as far as allowed: each long poll and each send is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _Process:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = asyncio.Event()
        self._workers: list[QueueWorker] = []
        self._lease = Lease()
        self._samples = Samples("worker")
        self._liveness = Liveness(settings.database_url, self._lease, self._figures)
        self._reclaimer = Reclaimer(self._liveness, self._job_workers, self._running_jobs)
        self._failed = False

    async def run(self) -> bool:
        """Run until stopped; return whether everything ended as asked."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        async with self._parts() as parts:
            self._context, self._fleet = parts.context, parts.fleet
            await self._catch_up(parts)
            await self._work(parts)
        return not self._failed

    @contextlib.asynccontextmanager
    async def _parts(self) -> AsyncIterator[tasks.Parts]:
        settings = self._settings
        vault = Vault.of(settings)
        connections = self._liveness.connections
        bot_api = BotApi(HttpTransport(settings.telegram_api_url, max_connections=MOST_SENDS))
        engine = make_engine(settings.database_url, name=connections, pool_size=2)
        time_statements(engine, self._samples)
        database = make_sessions(engine, vault.keys)
        sampler = Sampler(self._samples, database)
        pool = open_pool(settings.database_url, name=connections, max_size=12)
        uploads = uploads_of(settings)
        async with pool:
            shared: dict[str, Any] = {
                "pool": pool,
                "signals": Signals(settings.database_url, name=connections),
                "bot_api": bot_api,
                "vault": vault,
                "limiters": RateLimiters(settings.send_rate, self._samples),
                "stopping": self._stopping,
                "worker_name": self._liveness.name,
            }
            context = BroadcastContext(
                **shared,
                ledger=Ledger(pool, self._samples),
                lease=self._lease,
                slugs=slugs_of(vault.keys),
                public_url=settings.public_url,
                files=Files(uploads),
                send_timeout_s=settings.send_timeout_s,
            )
            fleet = FleetContext(**shared, settings=settings)
            sampler.start()
            stop_metrics = self._serve_metrics(of_pool(pool), of_engine(engine))
            try:
                yield tasks.Parts(
                    pool=pool,
                    fleet=fleet,
                    context=context,
                    uploads=uploads,
                    database=database,
                    keep_days=settings.keep_days,
                    exports=Writer.of(settings, database, uploads),
                    connections=connections,
                )
            finally:
                stop_metrics()
                await fleet.close()
                await asyncio.to_thread(sampler.stop)
                await bot_api.close()
                engine.dispose()

    async def _catch_up(self, parts: tasks.Parts) -> None:
        """Erase again before anything is sent: the database may be a backup of before somebody was
        erased."""
        path = outside.list_of(self._settings)
        asked = await asyncio.to_thread(outside.catch_up, parts.database, parts.fleet.vault, path)
        if asked:
            log.warning("erasures_reapplied", extra={"count": asked})

    def _serve_metrics(self, *pools: Callable[[], Reading]) -> Callable[[], None]:
        """Begin to serve figures where an address is set; return what ends it."""
        observability.build_info.labels("worker", version()).set(1)
        if self._settings.metrics_bind is None:
            return lambda: None
        registry = CollectorRegistry()
        registry.register(SampleMetrics(self._samples))
        registry.register(PoolMetrics(dict(zip(("worker", "worker jobs"), pools, strict=True))))
        return endpoint.serve(self._settings.metrics_bind, self._settings.metrics_token, registry)

    async def _work(self, parts: tasks.Parts) -> None:
        app = make_app(
            self._settings.database_url, tasks.blueprint, name=self._liveness.connections
        )
        context = {tasks.PARTS: parts}
        self._workers = [
            QueueWorker(
                app,
                queue,
                announce=self._liveness.announce,
                context=context,
                ended=metrics.ended,
            )
            for queue in QUEUES
        ]
        registered = asyncio.Event()
        async with app.open_async():
            sides = [
                asyncio.create_task(alive.run(), name="alive"),
                asyncio.create_task(self._liveness.run(registered), name="liveness"),
                asyncio.create_task(self._reclaimer.run(), name="reclaim"),
                asyncio.create_task(parts.context.signals.run(), name="signals"),
                asyncio.create_task(parts.context.ledger.run(), name="ledger"),
            ]
            for side in sides:
                side.add_done_callback(self._ended)
            await _either(registered, self._stopping)
            begin = [] if self._stopping.is_set() else self._workers  # one that runs can be stopped
            queues = [asyncio.create_task(_run(worker)) for worker in begin]
            for task in queues:
                task.add_done_callback(self._ended)
            await self._stopping.wait()
            log.info("worker_stops", extra={"jobs": len(self._running_jobs())})
            for worker in self._workers:
                worker.stop()  # type: ignore[no-untyped-call]
            asyncio.get_running_loop().call_later(STOP_S + LAST_S, _end_at_once)
            await asyncio.gather(*queues, return_exceptions=True)
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)
        await self._liveness.leave()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Stop the worker where one of its parts ends although it is not stopping."""
        if self._stopping.is_set() or task.cancelled():
            return
        error = task.exception()
        known = isinstance(error, CrierError) or error is None
        log.error(
            "worker_part_ended",
            exc_info=None if known else error,
            extra={"part": task.get_name(), "error": str(error)},
        )
        self._failed = True
        self._stopping.set()

    def _running_jobs(self) -> set[int]:
        return set().union(*(worker.running() for worker in self._workers))

    def _figures(self) -> dict[str, Any]:
        return {
            "bots": self._fleet.sessions,
            "deliveries": self._context.runners,
            "rss_bytes": rss_bytes(),
            "job_workers": self._job_workers(),
        }

    def _job_workers(self) -> list[int]:
        return [w.worker_id for w in self._workers if w.worker_id is not None]


def _end_at_once() -> None:
    """End the process by a kill, which loses nothing: others reclaim what it leaves."""
    log.error("worker_ends_unfinished", extra={"hint": "see whether PostgreSQL answers"})
    signal.raise_signal(signal.SIGKILL)


async def _run(worker: QueueWorker) -> None:
    await worker.run()  # type: ignore[no-untyped-call]


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
