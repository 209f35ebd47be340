"""Nobody waits for a collector of traces; what it gets is in `test_observability.py`."""

import signal
import socket
from pathlib import Path

import pytest

from tests.support.engine import AdRows
from tests.support.ports import free_port
from tests.support.sandbox import Sandbox
from tests.support.waiting import until
from tests.support.workers import Workers

pytestmark = pytest.mark.timeout(300)
DONE = "SELECT count(*)::int AS n FROM broadcasts WHERE id = %s AND status = 'completed'"


def test_a_collector_that_is_away_or_hangs_stops_neither_sends_nor_the_end(
    database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    world = AdRows(database_url, sandbox)
    bots = [world.add_bot(people=60).id for _ in range(2)]
    workers = Workers(
        database_url,
        sandbox.url,
        tmp_path,
        OTEL_TRACES_SAMPLER="always_on",
        OTEL_BSP_SCHEDULE_DELAY="50",
        OTEL_EXPORTER_OTLP_TIMEOUT="600",  # what would be waited for without a bound of ours
        CRIER_SEND_RATE="0",
    )
    with socket.create_server(("127.0.0.1", 0)) as hangs:  # connects and never answers
        ports = (free_port(), hangs.getsockname()[1])
        try:
            for port in ports:
                workers.start(1, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
            broadcast_id = world.launch(bots=bots)
            until(lambda: world.run(DONE, broadcast_id)[0]["n"], 60, "the end of the broadcast")
            assert world.counts(broadcast_id)["sent"] == 120
            for _ in ports:
                workers.end(signal.SIGTERM, 0)
        finally:
            workers.stop()
            world.close()
    assert "Traceback" not in (tmp_path / "workers.log").read_text()
