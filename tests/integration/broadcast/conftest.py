"""A world without Telegram's limits, unless a test sets them."""

from collections.abc import Iterator

import pytest

from tests.support.engine import AdRows
from tests.support.sandbox import Sandbox


@pytest.fixture
def world(database_url: str, sandbox: Sandbox) -> Iterator[AdRows]:
    sandbox.set_limits(bot_rate=100_000, bot_burst=100_000, chat_rate=1000, chat_burst=1000)
    made = AdRows(database_url, sandbox)
    yield made
    made.close()
