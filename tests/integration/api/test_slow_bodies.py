"""Bodies that arrive slowly: an upload over a poor line is waited for, a dribble is not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from crier.api.server import bodies
from crier.api.server.refusals import Refused

PATIENCE_S = 0.2


async def body(pieces: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        await asyncio.sleep(PATIENCE_S / 4)  # the line that is poor
        yield b"x" * size


async def taken(pieces: int, size: int) -> int:
    arriving = body(pieces, size)
    return sum([len(chunk) async for chunk in bodies.in_time(arriving, PATIENCE_S)])


async def test_a_large_body_may_take_longer_than_a_small_one() -> None:
    assert await taken(pieces=8, size=bodies.BODY_BYTES_S) == 8 * bodies.BODY_BYTES_S


async def test_a_body_that_dribbles_in_is_given_up() -> None:
    with pytest.raises(Refused) as refused:
        await taken(pieces=8, size=1)
    assert refused.value.status == 408
