"""Both event loops that the transport runs on."""

import asyncio
from collections.abc import Iterator

import pytest
import uvloop


@pytest.fixture(params=["uvloop", "asyncio"])
def runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    factory = uvloop.new_event_loop if request.param == "uvloop" else None
    with asyncio.Runner(loop_factory=factory) as running:
        yield running
