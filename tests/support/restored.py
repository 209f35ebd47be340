"""A platform that was brought back: what was running waits for a person, and then goes on."""

from crier.services.broadcasts import control
from tests.support.engine import AdRows
from tests.support.sandbox import Sandbox
from tests.support.waiting import until
from tests.support.workers import Workers

_RUNNING = "SELECT bool_and(worker IS NOT NULL AND status = 'running') AS all FROM bots"


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
