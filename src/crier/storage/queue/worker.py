"""Procrastinate's app and workers as Crier runs them; the only place that uses their private names.

A version of Procrastinate in which one of these has another name fails the types or the tests here:
`Worker._run_loop` and `Worker._running_jobs` (no public way in 3.10).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from procrastinate import App, Blueprint, JobContext
from procrastinate.worker import Worker

from crier import link
from crier.observability import context as log_context
from crier.observability import tracing
from crier.storage.pool import RECONNECT_S, WAIT_S
from crier.storage.queue.connector import SteadyConnector

HEARTBEAT_S = 5.0
BOUND = ("bot_id", "broadcast_id", "export_id")
"""Arguments of a job that its log lines carry, beside its own id. A job has an asyncio task of its
own, with which they are forgotten."""
TRACED_S = 60.0
"""A trace shows a job for so long, and whole where it ends earlier: a session lasts for weeks."""
STOP_S = 25.0
"""After this long, jobs that have not stopped are cancelled; what they leave is reclaimed."""


class Queue(NamedTuple):
    """A queue as a worker reads it."""

    name: str
    at_once: int
    """How many of its jobs run at the same time."""
    look_s: float = 0.5
    """How often to look for jobs that no notification announced."""


def make_app(database_url: str, tasks: Blueprint, *, name: str) -> App:
    """Return the app that runs `tasks`, not open yet; `name` is what its connections are called."""
    connector = SteadyConnector(
        conninfo=database_url,
        max_size=6,
        kwargs=link.options(database_url, name),
        timeout=WAIT_S,
        reconnect_timeout=RECONNECT_S,
    )
    app = App(connector=connector)
    app.add_tasks_from(tasks, namespace="")  # jobs in the database carry the bare names
    return app


class QueueWorker(Worker):
    """Procrastinate's worker, which fetches nothing before others know which jobs are ours.

    Between its registration and its first fetch there is no public hook: a worker that died there
    would leave jobs that nobody knows to reclaim. `context` is what tasks find in
    `JobContext.additional_context`. `ended` is told the task of each job that ended, and how:
    `succeeded`, `failed` or `cancelled`.
    """

    def __init__(
        self,
        app: App,
        queue: Queue,
        *,
        announce: Callable[[], Awaitable[None]],
        context: dict[str, Any],
        ended: Callable[[str, str], None],
    ) -> None:
        super().__init__(
            app=app,
            queues=[queue.name],
            name=queue.name,
            concurrency=queue.at_once,
            fetch_job_polling_interval=queue.look_s,
            shutdown_graceful_timeout=STOP_S,
            delete_jobs="successful",
            additional_context=context,
            worker_middleware=[_telling(ended)],
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=1e9,  # `crier.jobs.reclaim` decides which workers are dead
        )
        self._announce = announce

    async def _run_loop(self) -> None:
        await self._announce()
        await super()._run_loop()  # type: ignore[no-untyped-call]

    def running(self) -> set[int]:
        """Return the ids of the jobs that run here now."""
        return {
            context.job.id for context in self._running_jobs.values() if context.job.id is not None
        }


def _telling(ended: Callable[[str, str], None]) -> Callable[..., Awaitable[Any]]:
    async def process(
        job: Callable[[], Awaitable[Any]], context: JobContext, _worker: Worker
    ) -> Any:
        called: dict[str, Any] = context.job.task_kwargs
        task = context.job.task_name
        asked_by = called.pop(tracing.ARGUMENT, None)  # the task itself does not take it
        ids = {name: called[name] for name in BOUND if name in called}
        log_context.bind(job_id=context.job.id, task=task, **ids)
        fields = {f"crier.{name}": value for name, value in ids.items()}
        fields |= {"crier.task": task, "crier.job_id": context.job.id}
        span = tracing.begin(f"job {task}", "consumer", fields, parent=asked_by)
        if span is not None:
            asyncio.get_running_loop().call_later(TRACED_S, span.end)
        how = "cancelled"
        error: BaseException | None = None
        try:
            result = await job()
            how = "succeeded"
        except Exception as failure:
            how, error = "failed", failure
            raise
        finally:
            tracing.end(span, error)
            ended(task, how)
        return result

    return process
