"""A platform to measure: durable PostgreSQL, rows of bots and people, and a real `crier worker`.

PostgreSQL keeps what it promises (`fsync`, `full_page_writes` and `synchronous_commit` are on), on
the disk under the system's folder for temporary files.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple, cast

import psycopg

from bench.peers import TEXT
from crier.domain.message import AdMessage, Options
from crier.jobs.worker import QUEUES
from tests.support.engine import KEYS, AdRows
from tests.support.factories import new_bot
from tests.support.postgres import Cluster, running_cluster, superusers
from tests.support.sandbox import Sandbox

DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
}
FIRST_CHAT = 1_000_000
TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def durable_cluster() -> Iterator[Cluster]:
    """PostgreSQL with a migrated template."""
    with running_cluster(DURABLE) as cluster:
        cluster.make_template()
        yield cluster


@contextmanager
def world(cluster: Cluster, url: str, sandbox: Sandbox | None = None) -> Iterator[AdRows]:
    """An owner's rows in a fresh database; bots talk to `sandbox`, or to the answerer at `url`."""
    with cluster.database() as database_url:
        made = AdRows(database_url, sandbox or cast(Sandbox, SimpleNamespace(url=url)))
        try:
            yield made
        finally:
            made.close()


def add_bots(world: AdRows, bots: int, people: int, first: int = 1) -> None:
    """Bots from `first` on with so many people altogether, and no sessions: nobody writes to them.

    A job of tomorrow stands where each bot's session would be.
    """
    with world.sessions.begin() as session:
        for bot_id in range(first, first + bots):
            token = f"{7_000_000_000 + bot_id}:{'A' * 35}"
            bot = new_bot(world.vault, token, id=bot_id, telegram_id=bot_id)
            bot.status = bot.desired_status = "running"
            session.add(bot)
    world.run(
        """INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, scheduled_at)
           SELECT 'bots', 'run_bot', 'bot:' || id, '{}', now() + interval '1 day' FROM bots
           WHERE id >= %s""",
        first,
    )
    world.run(
        """INSERT INTO subscribers (bot_id, chat_id, type, status, first_name, username)
           SELECT %s + n %% %s, %s + n, 'private', 'active', 'Ann', 'ann'
           FROM generate_series(0, %s) AS n""",
        *(first, bots, FIRST_CHAT, people - 1),
    )
    settle_down(world)


def settle_down(world: AdRows) -> None:
    """What a database that has had its people for a while has done."""
    with psycopg.connect(superusers(world.database_url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE subscribers")
        connection.execute("CHECKPOINT")


class Usage(NamedTuple):
    """What a process has used so far."""

    cpu_s: float
    peak_mb: float

    @classmethod
    def of(cls, pid: int) -> "Usage":
        status = Path(f"/proc/{pid}/status").read_text()
        return cls(_cpu_s(pid), int(status.split("VmHWM:")[1].split()[0]) / 1024)


def _cpu_s(pid: int, *, ended_children: bool = False) -> float:
    """0 of a process that has ended: its parent's sum of ended children has it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(field) for field in fields[11 : 15 if ended_children else 13]) / TICK


def database_cpu_s(world: AdRows) -> float:
    """Seconds of CPU that all processes of the server have used."""
    backend = world.connection.info.backend_pid
    server = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    total = sum(_cpu_s(int(pid)) for pid in children)
    return total + _cpu_s(server, ended_children=True)


@contextmanager
def worker(
    world: AdRows,
    rate: float,
    *,
    command: Sequence[str] = ("-m", "crier", "worker"),
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[int]:
    """A `crier worker` that is ready for jobs, with this ceiling for each bot; its pid.

    Its lines go into the file `log`, or where those of the bench go.
    """
    everything = {
        **os.environ,
        "CRIER_DATABASE_URL": world.database_url,
        "CRIER_TELEGRAM_API_URL": world.sandbox.url,
        "CRIER_TOKEN_KEYS": ",".join(KEYS),
        "CRIER_SEND_RATE": str(rate),
        "CRIER_LOG_LEVEL": "error",
        **(environment or {}),
    }
    lines = log.open("wb") if log else None
    process = subprocess.Popen([sys.executable, *command], env=everything, stderr=lines)
    try:
        ready = f"SELECT id FROM workers WHERE cardinality(job_workers) = {len(QUEUES)}"
        wait_for(lambda: bool(world.run(ready)))
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        if lines:
            lines.close()


def launch(world: AdRows, *, bots: Sequence[int] | None = None, paid_budget: int = 0) -> int:
    """Launch the bench's text; the broadcast's id."""
    options = Options(allow_paid_broadcast=paid_budget > 0, paid_budget=paid_budget)
    message = AdMessage(text=TEXT, options=options)
    return world.launch(message, bots=list(bots) if bots else None)


def wait_for(condition: Callable[[], bool], limit_s: float = 300.0, every_s: float = 0.05) -> None:
    """Ask a condition again and again until it is true."""
    until = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {limit_s:.0f} s")
        time.sleep(every_s)


def is_done(world: AdRows, broadcast_id: int) -> bool:
    return bool(world.broadcast(broadcast_id)["status"] == "completed")
