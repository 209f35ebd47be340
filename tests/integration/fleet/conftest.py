from collections.abc import Iterator

import pytest

from tests.support.fleet import BotRows, Worker, running_worker
from tests.support.sandbox import Sandbox


@pytest.fixture
def world(database_url: str, sandbox: Sandbox) -> Iterator[BotRows]:
    made = BotRows(database_url, sandbox)
    yield made
    made.close()


@pytest.fixture
def worker(world: BotRows) -> Iterator[Worker]:
    with running_worker(world) as running:
        yield running
