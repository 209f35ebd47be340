"""Gets updates by long polls, never more than the session can hold."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from crier.domain.backoff import Backoff
from crier.fleet import inbox
from crier.fleet.retry_policy import Trouble
from crier.fleet.safety import finish
from crier.telegram.errors import TelegramError
from crier.telegram.updates import Batch

if TYPE_CHECKING:
    from crier.fleet.session_run import SessionRun

POLL_S = 50
POLL_IN_TROUBLE_S = 1
"""After a failure polls are short, so that it shows soon that all is well again."""

LIMIT = 100
PENDING_EVERY_S = 5.0
_NOTHING_NEW = Backoff(base_s=0.5, cap_s=30.0)


async def run(life: "SessionRun") -> None:
    """Poll until cancelled. Raises `BotRefused` and `FenceLost`."""
    await life.retry_policy.insist(lambda: life.api.delete_webhook(life.token))
    await life.running("Telegram answers: polling for updates")
    backlog = _Backlog(life)
    useless = 0
    while True:
        limit = min(LIMIT, await life.queues.room())
        batch = await life.retry_policy.insist(partial(_poll, life, limit))
        await life.up_to_date()
        before = life.intake.offset
        await finish(life.intake.polled(batch))
        if life.intake.had_webhook:
            await inbox.drain(life)
        size = len(batch.updates) + len(batch.problems)
        await backlog.seen(size == limit)
        if size and life.intake.offset == before:
            useless += 1
            text = "Telegram repeats updates that were handled, or sends none that can be read"
            await life.retry_policy.report(Trouble("useless", text))
            await asyncio.sleep(_NOTHING_NEW.after(useless).delay_s)
        else:
            useless = 0


async def _poll(life: "SessionRun", limit: int) -> Batch:
    offset = life.intake.offset or None
    poll_s = POLL_IN_TROUBLE_S if life.retry_policy.troubled else POLL_S
    return await life.fleet.poll_api.get_updates(
        life.token, offset, limit=limit, poll_s=poll_s, allowed=life.allowed
    )


class _Backlog:
    """Keeps `bots.pending_updates` true enough: asks Telegram now and then while polls are full."""

    def __init__(self, life: "SessionRun") -> None:
        self._life = life
        self._shown = life.row.pending_updates
        self._asked_at = 0.0

    async def seen(self, full: bool) -> None:
        """A poll came, full or not."""
        if not full:
            if self._shown:
                await self._show(0)
            return
        now = asyncio.get_running_loop().time()
        if now - self._asked_at < PENDING_EVERY_S:
            return
        self._asked_at = now
        try:
            info = await self._life.api.get_webhook_info(self._life.token)
        except TelegramError:
            return  # the next poll finds out what is wrong
        await self._show(info.pending_update_count)

    async def _show(self, count: int) -> None:
        await inbox.pending(self._life, count)
        self._shown = count
