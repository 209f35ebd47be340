"""Many broadcasts through one trouble after the other, at random (`make soak`, minutes).

Three broadcasts of both policies are under way at any time, each with bots of its own, until
`BROADCASTS` have ended, while workers are killed, stopped and frozen, PostgreSQL crashes, Telegram
fails in every way that the sandbox knows, and broadcasts are paused. `CRIER_SOAK_SEED` repeats the
choices of a run, though not its moments.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from crier.services.broadcasts import control
from tests.support.engine import AdRows
from tests.support.postgres import running_cluster
from tests.support.sandbox import Sandbox
from tests.support.waiting import until
from tests.support.workers import Workers

BROADCASTS, UNDER_WAY, BOTS, PEOPLE, RATE, WORKERS = 24, 3, 2, 400, 40, 3
LIMIT_S = 2400
pytestmark = [pytest.mark.soak, pytest.mark.timeout(LIMIT_S + 120)]


class Soak:
    """The platform, what is under way on it, and what befell it."""

    def __init__(self, world: AdRows, workers: Workers, seed: int) -> None:
        self.world, self.workers, self.chance = world, workers, random.Random(seed)
        self.under_way: dict[int, tuple[str, list[int]]] = {}
        self.launched = self.ended = 0
        self.troubles: Counter[str] = Counter()
        self._choices: list[Callable[[], None]] = [
            *(self.kill_a_worker, self.stop_a_worker, self.freeze_a_worker),
            *(self.crash_postgresql, self.pause_and_resume, self.silence, self.flood),
            *(self.lose_requests, self.lose_answers, self.cut_answers_short, self.answer_late),
        ]

    def run(self) -> None:
        """Go on until all broadcasts have ended; each is checked when it has."""
        until_s = time.monotonic() + LIMIT_S
        while self.ended < BROADCASTS:
            if time.monotonic() > until_s:
                pytest.fail(f"{self.ended} of {BROADCASTS} have ended")
            self.launch()
            self.look()
            if self.under_way:
                trouble = self.chance.choice(self._choices)
                self.troubles[trouble.__name__] += 1
                trouble()
            self.replace_workers()
            time.sleep(self.chance.uniform(1, 6))  # the moments are to be any

    def launch(self) -> None:
        while self.launched < BROADCASTS and len(self.under_way) < UNDER_WAY:
            bots = [self.world.add_bot(people=PEOPLE).id for _ in range(BOTS)]
            policy = self.chance.choice(["at_most_once", "at_least_once"])
            self.under_way[self.world.launch(bots=bots, policy=policy)] = (policy, bots)
            self.launched += 1

    def look(self) -> None:
        """See that the sums hold now, and check what has ended."""
        for broadcast_id, (policy, bots) in list(self.under_way.items()):
            counts = self.world.counts(broadcast_id)
            outcomes = sum(counts[n] for n in ("sent", "blocked", "failed", "unknown", "skipped"))
            assert counts["audience"] == BOTS * PEOPLE == outcomes + counts["pending"]
            if self.world.broadcast(broadcast_id)["status"] == "completed":
                self.check(broadcast_id, policy, bots)
                del self.under_way[broadcast_id]
                self.ended += 1

    def check(self, broadcast_id: int, policy: str, bots: list[int]) -> None:
        """Compare what is recorded with what arrived."""
        outcomes = self.world.outcomes(broadcast_id)
        arrived = {
            (bot, line.chat_id): line.accepted
            for bot in bots
            for line in self.world.sandbox.received(bot)
        }
        assert len(outcomes) == BOTS * PEOPLE
        assert all(arrived[who] for who, outcome in outcomes.items() if outcome == "sent")
        if policy == "at_most_once":
            assert max(arrived.values()) == 1, "somebody got the ad twice"
            assert set(outcomes.values()) <= {"sent", "unknown"}
        else:
            assert set(outcomes.values()) == {"sent"}, "somebody was missed"

    # -- troubles

    def kill_a_worker(self) -> None:
        self.workers.end(signal.SIGKILL)

    def stop_a_worker(self) -> None:
        self.workers.end(signal.SIGTERM, limit_s=90)

    def freeze_a_worker(self) -> None:
        """Longer than its lease, or not: others may have taken over when it goes on."""
        frozen = self.chance.choice(self.workers.running)
        frozen.send_signal(signal.SIGSTOP)
        time.sleep(self.chance.uniform(1, 12))  # others take over after some of it
        frozen.send_signal(signal.SIGCONT)

    def crash_postgresql(self) -> None:
        pid = self.world.run("SELECT pg_backend_pid() AS pid")[0]["pid"]
        os.kill(pid, signal.SIGKILL)
        with suppress(psycopg.OperationalError):
            self.world.run("SELECT 1")
        until(self.world.reconnect, 60, "PostgreSQL to be back")

    def pause_and_resume(self) -> None:
        broadcast_id = self.chance.choice(list(self.under_way))
        if self.world.broadcast(broadcast_id)["status"] == "broadcasting":
            self.world.steer(broadcast_id, control.pause)
            self.world.steer(broadcast_id, control.resume)

    def silence(self) -> None:
        self.world.sandbox.add_fault("error", status=500, duration_s=3, probability=0.5)

    def flood(self) -> None:
        self.world.sandbox.add_fault("flood", retry_after=2, duration_s=1, probability=0.2)

    def lose_requests(self) -> None:
        self.world.sandbox.add_fault("cut_before", duration_s=2, probability=0.5)

    def lose_answers(self) -> None:
        self.world.sandbox.add_fault("cut_after", count=20, probability=0.3)

    def cut_answers_short(self) -> None:
        self.world.sandbox.add_fault("truncate", count=20, probability=0.3)

    def answer_late(self) -> None:
        self.world.sandbox.add_fault("slow", delay_s=5, count=10)

    def replace_workers(self) -> None:
        self.workers.running = [one for one in self.workers.running if one.poll() is None]
        self.workers.start(WORKERS - len(self.workers.running))


def test_no_trouble_breaks_a_promise(sandbox: Sandbox, tmp_path: Path) -> None:
    seed = int(os.environ.get("CRIER_SOAK_SEED", random.randrange(10**6)))
    durable = {"synchronous_commit": "on", "full_page_writes": "on"}
    sandbox.set_limits(bot_rate=100_000, bot_burst=100_000, chat_rate=1000, chat_burst=1000)
    with running_cluster(durable) as cluster:
        cluster.make_template()
        with cluster.database() as url:
            world = AdRows(url, sandbox)
            paced = {"CRIER_SEND_RATE": str(RATE), "CRIER_SEND_TIMEOUT": "3"}
            workers = Workers(url, sandbox.url, tmp_path, **paced)
            soak = Soak(world, workers, seed)
            try:
                workers.start(WORKERS)
                soak.run()
            finally:
                print(f"seed {seed}: {soak.ended} broadcasts ended through {dict(soak.troubles)}")
                workers.stop()
                world.close()
                cluster.reconnect()
