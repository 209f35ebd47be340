"""The fleet's size and speed: one real worker process against the sandbox.

    python -m bench.fleet [--bots 2000] [--updates 20000] [--part idle|failover|inbound|replies]

* failover: how soon sessions run elsewhere after their worker was killed with -9;
* idle: how fast sessions start, and what an idle one holds of the worker's memory;
* inbound: updates recorded durably a second (PostgreSQL with fsync), by one worker that is bound to
  one core; beside it an aiogram dispatcher, bound likewise, that only counts, once for each number
  of bots;
* replies: how long a command waits for its answer while the same bot broadcasts at full rate.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crier.domain.message import AdMessage
from tests.support.engine import AdRows
from tests.support.fleet import KEYS, FleetRows
from tests.support.postgres import running_cluster
from tests.support.sandbox import Sandbox, SandboxBot
from tests.support.waiting import until

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
RATE = 30
PARTS = ("idle", "failover", "inbound", "replies")


@contextmanager
def worker(world: FleetRows, core: int | None = None, **environment: str) -> Iterator[int]:
    """A worker process, bound to a core where one is named; its pid."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "crier", "worker"],
            env=os.environ
            | {
                "CRIER_DATABASE_URL": world.database_url,
                "CRIER_TELEGRAM_API_URL": world.sandbox.url,
                "CRIER_TOKEN_KEYS": KEYS[0],
                "CRIER_DATA_DIR": folder,
                "CRIER_LOG_LEVEL": "error",
                **environment,
            },
        )
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        try:
            until(lambda: world.value("SELECT count(*) FROM workers") > 0, 30)
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)
            world.run("DELETE FROM workers")


def rss_kb(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def want_running(world: FleetRows, bots: list[SandboxBot]) -> None:
    """What POST /start writes for each of them, in one transaction."""
    ids = [bot.id for bot in bots]
    with world.connection.transaction():
        world.run(
            """UPDATE bots SET status = 'starting', desired_status = 'running'
               WHERE id = ANY(%s) AND status = 'stopped'""",
            ids,
        )
        world.run(
            """INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
               SELECT 'bots', 'run_bot', 'bot:' || id, 'bot:' || id,
                      jsonb_build_object('bot_id', id)
               FROM unnest(%s::bigint[]) AS id""",
            ids,
        )
        world.run("ANALYZE procrastinate_jobs")


def running(world: FleetRows) -> int:
    return int(world.value("SELECT count(*) FROM bots WHERE status = 'running'"))


def recorded(world: FleetRows) -> int:
    return int(world.value("SELECT coalesce(sum(messages_in), 0) FROM bot_minutes"))


def failover(world: FleetRows, count: int) -> None:
    """Kill the worker that holds all sessions; another one is there."""
    bots = world.sandbox.create_bots(count)
    for bot in bots:
        world.add_bot(bot)
    with worker(world) as pid:
        want_running(world, bots)
        until(lambda: running(world) == count, 120)
        with worker(world) as other:
            until(lambda: world.value("SELECT count(*) FROM workers") == 2, 30)
            os.kill(pid, signal.SIGKILL)
            began = time.monotonic()
            moved = "SELECT count(*) FROM bots WHERE status = 'running' AND worker LIKE %s"
            until(lambda: world.value(moved, f"%:{other}") == count, 120)
            took = time.monotonic() - began
    print(f"{count} sessions of a killed worker run in another one after {took:.1f} s")


def idle(world: FleetRows, count: int) -> None:
    """Start many bots and look at what an idle one costs."""
    bots = world.sandbox.create_bots(count)
    for bot in bots:
        world.add_bot(bot)
    with worker(world) as pid:
        time.sleep(2)  # what the process does once is done
        before = rss_kb(pid)
        want_running(world, bots)
        began = time.monotonic()
        until(lambda: running(world) == count, 120)
        took = time.monotonic() - began
        time.sleep(5)
        cpu = cpu_s(pid)
        time.sleep(10)
        each = (rss_kb(pid) - before) / count
        print(f"{count} sessions started in {took:.1f} s ({count / took:.0f}/s)")
        share = (cpu_s(pid) - cpu) * 10
        print(f"idle session: {each:.1f} KB of memory; all of them: {share:.1f} % of a core")
        began = time.monotonic()
    waiting = world.value("SELECT count(*) FROM bots WHERE instance_id IS NULL")
    print(f"asked to stop, it gave up {waiting} bots in {time.monotonic() - began:.1f} s")
    world.run("UPDATE bots SET status = 'stopped', desired_status = 'stopped', instance_id = NULL")
    world.run("DELETE FROM procrastinate_jobs")


def inbound(world: FleetRows, updates: int) -> None:
    """Record what people send, as fast as one worker on one core can."""
    for count in (1, 20, 200):
        bots = world.sandbox.create_bots(count)
        for bot in bots:
            world.add_bot(bot)
            world.sandbox.add_people(bot.id, 50)
        with worker(world, core=0) as pid:
            want_running(world, bots)
            until(lambda: running(world) >= count, 60)  # noqa: B023
            before, cpu = recorded(world), cpu_s(pid)
            began = time.monotonic()
            for bot in bots:
                world.sandbox.write_many(bot.id, updates // count)
            total = updates // count * count
            until(lambda: recorded(world) - before >= total, 120)  # noqa: B023
            took = time.monotonic() - began
            used = cpu_s(pid) - cpu
        world.run("UPDATE bots SET status = 'stopped', desired_status = 'stopped'")
        world.run("DELETE FROM procrastinate_jobs")
        crier = total / took
        peer = aiogram_rate(world, count, updates)
        print(
            f"inbound, {count} bots: {crier:.0f} updates/s recorded durably "
            f"({used / total * 1e6:.0f} µs of the core each); aiogram that only counts: "
            f"{peer:.0f}/s; ratio {crier / peer:.2f}"
        )


def aiogram_rate(world: FleetRows, count: int, updates: int) -> float:
    """Updates a second of an aiogram dispatcher with a handler that only counts."""
    bots = world.sandbox.create_bots(count)
    for bot in bots:
        world.sandbox.add_people(bot.id, 50)
        world.sandbox.write_many(bot.id, updates // count)
    total = updates // count * count
    command = [sys.executable, "-m", "bench.fleet", "--aiogram", world.sandbox.url, str(total)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    os.sched_setaffinity(process.pid, {0})
    answer, _ = process.communicate("\n".join(bot.token for bot in bots), timeout=300)
    return total / float(answer.split()[-1])


async def count_with_aiogram(url: str, total: int) -> None:
    """The peer: prints how many seconds it took to see them all."""
    from aiogram import Bot, Dispatcher
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import Message

    session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=1000)
    bots = [Bot(token.strip(), session=session) for token in sys.stdin if token.strip()]
    dispatcher = Dispatcher()
    seen = 0
    done = asyncio.Event()

    @dispatcher.message()
    async def count(message: Message) -> None:
        nonlocal seen
        seen += 1
        if seen == total:
            done.set()

    began = time.monotonic()
    polling = asyncio.create_task(dispatcher.start_polling(*bots, handle_signals=False))
    await done.wait()
    print(time.monotonic() - began, flush=True)
    polling.cancel()
    os._exit(0)


def replies(world: FleetRows, broadcasts: AdRows, seconds: float) -> None:
    """Write commands to a bot that sends a broadcast at its full rate."""
    commands = [{"trigger": "/ping", "match": "command", "reply": {"text": "pong"}}]
    bot = world.add_bot(commands=commands)
    people = world.sandbox.add_people(bot.id, int(RATE * seconds * 1.5))
    broadcasts.subscribe(bot.id, *people)
    askers = [world.sandbox.add_person(bot.id, 10_000_000 + n) for n in range(200)]
    with worker(world, CRIER_SEND_RATE=str(RATE)):
        want_running(world, [bot])
        until(lambda: running(world) >= 1, 30)
        broadcasts.launch(AdMessage(text="Buy!"))
        time.sleep(2)
        asked: dict[int, float] = {}
        sent_before = world.sandbox.totals(bot.id)["accepted"]
        began = time.monotonic()
        for asker in askers:
            if time.monotonic() - began > seconds:
                break
            asked[asker] = time.time()
            world.sandbox.write(bot.id, asker, "/ping")
            time.sleep(random.expovariate(5))
        took = time.monotonic() - began
        sent = world.sandbox.totals(bot.id)["accepted"] - sent_before
        time.sleep(1)
    rows = world.run(
        """SELECT latency FROM bot_minutes WHERE bot_id = %s AND messages_in > 0""", bot.id
    )
    waits = sorted(
        row["sent_at"].timestamp() - asked[row["chat_id"]]
        for row in world.run(
            "SELECT chat_id, sent_at FROM messages WHERE content = 'pong' AND direction = 'out'"
        )
        if row["chat_id"] in asked
    )
    assert rows
    p50, p95 = waits[len(waits) // 2] * 1000, waits[int(len(waits) * 0.95)] * 1000
    print(
        f"replies beside a broadcast ({sent / took:.1f} messages/s in all): {len(waits)} of "
        f"{len(asked)} answered, p50 {p50:.0f} ms, p95 {p95:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bots", type=int, default=2000)
    parser.add_argument("--updates", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--aiogram", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.aiogram:
        asyncio.run(count_with_aiogram(options.aiogram[0], int(options.aiogram[1])))
        return
    parts = [options.part] if options.part else PARTS
    with running_cluster(DURABLE) as cluster:
        cluster.make_template()
        for part in parts:
            with cluster.database() as url, Sandbox.start() as sandbox:
                world = FleetRows(url, sandbox)
                if part == "idle":
                    idle(world, options.bots)
                elif part == "failover":
                    failover(world, options.bots)
                elif part == "inbound":
                    inbound(world, options.updates)
                else:
                    broadcasts = AdRows.__new__(AdRows)
                    broadcasts.__dict__.update(world.__dict__)
                    replies(world, broadcasts, options.seconds)
                world.close()


if __name__ == "__main__":
    main()
