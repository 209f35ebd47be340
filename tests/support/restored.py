"""A platform that is brought back: what was running waits for a person, and then goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crier.services.broadcasts import control
from tests.support.engine import AdRows
from tests.support.sandbox import Sandbox
from tests.support.waiting import until
from tests.support.workers import Workers

_RUNNING = "SELECT bool_and(worker IS NOT NULL AND status = 'running') AS all FROM bots"


@contextmanager
def in_mid_broadcast(
    database_url: str, sandbox: Sandbox, folder: Path, *, bots: int, people: int
) -> Iterator[tuple[AdRows, int]]:
    """Have a worker send slowly to the people of some bots; the rows, and the broadcast."""
    world = AdRows(database_url, sandbox)
    workers = Workers(database_url, sandbox.url, folder, CRIER_SEND_RATE="3")
    try:
        for _ in range(bots):
            world.add_bot(people=people)
        broadcast_id = world.launch()
        workers.start()
        until(lambda: world.counts(broadcast_id)["sent"] > 10, 30, "the first sends")
        yield world, broadcast_id
    finally:
        workers.stop()
        world.close()


def see_that_it_waits_and_goes_on(
    world: AdRows, workers: Workers, sandbox: Sandbox, broadcast_id: int, people: int
) -> None:
    """Start a worker: its bots run and nothing is sent until somebody resumes the broadcast."""
    before = sandbox.totals()
    workers.start()
    until(lambda: bool(world.run(_RUNNING)[0]["all"]), 60, "the bots to run")
    assert sandbox.totals()["accepted"] == before["accepted"]
    world.steer(broadcast_id, control.resume)
    until(lambda: world.broadcast(broadcast_id)["status"] == "completed", 60, "the end")
    ended = world.counts(broadcast_id)
    assert ended["sent"] + ended["unknown"] == people
