"""getUpdates, to the letter: offsets, waiting, anti-spin, and which call gets the 409.

Of two long polls the older one dies, and only when the newer one really starts to wait. A 409 comes
at once if the bot's last one was at least 3 s ago, else 3 s later.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable

from crier.sandbox.bot import Bot
from crier.sandbox.calls import Call
from crier.sandbox.errors import ApiError
from crier.sandbox.poll import Poll
from crier.sandbox.updates import Update
from crier.sandbox.world import World

MAX_TIMEOUT_S = 50
MAX_ANSWER_BYTES = 1 << 22
CONFLICT_HOLD_S = 3.0
_WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
_OTHER_POLL = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


def get_updates(call: Call) -> bytes | Awaitable[bytes]:
    bot, arguments, world = call.bot, call.arguments, call.world
    if bot.webhook is not None:
        return _conflict(world, bot, _WEBHOOK_ACTIVE)
    offset = arguments.integer("offset", 0, -(2**31), 2**31 - 1)
    limit = arguments.integer("limit", 100, 1, 100)
    timeout = arguments.integer("timeout", 0, 0, MAX_TIMEOUT_S)
    allow_updates(bot, arguments.get("allowed_updates", ""))
    now = world.monotonic()
    if offset == bot.last_poll_offset:
        if timeout < 3 and now < bot.last_poll_at + 3:
            timeout = 3
        if now < bot.last_poll_at + 0.5:
            limit = 1
    bot.last_poll_offset, bot.last_poll_at = offset, now
    pending = len(bot.queue)
    updates = bot.queue.take(offset, limit, world.unix())
    if len(bot.queue) != pending:
        world.touch()
    if updates or not timeout:
        return _encode(updates)
    return _wait(call, offset, limit, timeout)


async def _wait(call: Call, offset: int, limit: int, timeout: int) -> bytes:
    bot, world = call.bot, call.world
    if bot.poll is not None:
        bot.poll.refuse(ApiError(409, _OTHER_POLL))
    poll = bot.poll = Poll()
    if len(bot.queue):  # came after the queue was looked at, and before this task began
        poll.wake()
    try:
        async with asyncio.timeout(timeout):
            await poll.future
    except TimeoutError:
        pass
    except ApiError as error:
        if error.code != 409:
            raise
        return await _conflict(world, bot, error.description)
    finally:
        if bot.poll is poll:
            bot.poll = None
    return _encode(bot.queue.take(offset, limit, world.unix()))


async def _conflict(world: World, bot: Bot, description: str) -> bytes:
    now = world.monotonic()
    if now >= bot.next_conflict_at:
        bot.next_conflict_at = now + CONFLICT_HOLD_S
    else:
        await asyncio.sleep(CONFLICT_HOLD_S)
    raise ApiError(409, description)


def allow_updates(bot: Bot, argument: str) -> None:
    """Set the bot's allowed updates; unreadable or absent keeps what was set."""
    try:
        names = json.loads(argument) if argument else None
    except (ValueError, RecursionError):
        return
    if isinstance(names, list):
        bot.queue.allow(names)


def _encode(updates: list[Update]) -> bytes:
    left = MAX_ANSWER_BYTES
    bodies = []
    for update in updates:
        left -= 50 + len(update.body)
        if left <= 0:
            break
        bodies.append(update.body)
    return b"[%b]" % b",\n".join(bodies)
