from collections.abc import Iterator

import pytest

from tests.support.fleet import FleetRows, Worker, running_worker
from tests.support.sandbox import Sandbox


@pytest.fixture
def world(database_url: str, sandbox: Sandbox) -> Iterator[FleetRows]:
    made = FleetRows(database_url, sandbox)
    yield made
    made.close()


@pytest.fixture
def worker(world: FleetRows) -> Iterator[Worker]:
    with running_worker(world) as running:
        yield running
