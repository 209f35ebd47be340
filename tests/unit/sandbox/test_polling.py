"""What happens between the moments of a poll, which no HTTP client can choose."""

import asyncio
from collections.abc import Awaitable

from crier.sandbox.arguments import Arguments
from crier.sandbox.calls import Call, emit
from crier.sandbox.polling import get_updates
from crier.sandbox.world import Config, World


async def test_an_update_that_comes_before_a_poll_begins_to_wait_is_not_missed() -> None:
    """A poll is looked at where its request is read, and waits in a task, which begins later."""
    world = World(Config())
    bot = world.add_bot("", "", "")
    arguments = Arguments()
    arguments["timeout"] = "50"
    waiting = get_updates(Call(world, bot, "getupdates", arguments))
    assert isinstance(waiting, Awaitable)
    emit(world, bot, "message", b"{}", 1)
    assert b'"message"' in await asyncio.wait_for(waiting, 20)
