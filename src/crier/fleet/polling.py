"""Gets updates by long polls, never more than the session run has room for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from crier.domain.backoff import Backoff
from crier.fleet.intake import Intake
from crier.fleet.retry_policy import RetryPolicy, Trouble
from crier.fleet.row_watcher import WakeUps
from crier.fleet.session_store import SessionStore
from crier.telegram.client import BotApi
from crier.telegram.errors import TelegramError
from crier.telegram.updates import UpdateBatch

POLL_S = 50
POLL_IN_TROUBLE_S = 1
"""After a failure polls are short, so that it shows soon that all is well again."""

LIMIT = 100
PENDING_EVERY_S = 5.0
_NOTHING_NEW = Backoff(base_s=0.5, cap_s=30.0)


class Backlog:
    """Keeps `bots.pending_updates` nearly true: asks Telegram now and then while polls are full."""

    def __init__(self, store: SessionStore, token: str, api: BotApi, stored: int) -> None:
        self._store, self._token, self._api = store, token, api
        self._stored = stored
        self._asked_at = 0.0

    async def update(self, full: bool) -> None:
        """Update the count after a poll that was full, or was not."""
        if not full:
            if self._stored:
                await self._save(0)
            return
        now = asyncio.get_running_loop().time()
        if now - self._asked_at < PENDING_EVERY_S:
            return
        self._asked_at = now
        try:
            info = await self._api.get_webhook_info(self._token)
        except TelegramError:
            return  # the next poll finds out what is wrong
        await self._save(info.pending_update_count)

    async def _save(self, count: int) -> None:
        await self._store.save_pending_updates(count)
        self._stored = count


class Polling:
    """The receiver of a bot in polling mode. `running` is called once Telegram has answered."""

    def __init__(
        self,
        token: str,
        *,
        api: BotApi,
        poll_api: BotApi,
        allowed_updates: Sequence[str],
        retry_policy: RetryPolicy,
        intake: Intake,
        backlog: Backlog,
        wake_ups: WakeUps,
        running: Callable[[str], Awaitable[None]],
    ) -> None:
        self._token, self._api, self._poll_api = token, api, poll_api
        self._allowed_updates, self._retry_policy = allowed_updates, retry_policy
        self._intake, self._backlog = intake, backlog
        self._wake_ups, self._running = wake_ups, running

    async def run(self) -> None:
        """Poll until cancelled.

        Raises:
            BotRefused: the bot cannot run before its owner does something.
            FenceLost: another session has the bot.
        """
        await self._retry_policy.call(lambda: self._api.delete_webhook(self._token))
        await self._running("Telegram answers: polling for updates")
        useless = 0
        while True:
            limit = min(LIMIT, await self._intake.wait_for_room())
            batch = await self._retry_policy.call(partial(self._poll, limit))
            await self._wake_ups.up_to_date()
            before = self._intake.offset
            await self._intake.polled(batch)
            size = len(batch.updates) + len(batch.problems)
            await self._backlog.update(full=size == limit)
            if size and self._intake.offset == before:
                useless += 1
                await self._wait_after_useless(useless)
            else:
                useless = 0

    async def stop(self) -> None:
        """Leave everything as it is: updates wait at Telegram for the next start."""

    async def _poll(self, limit: int) -> UpdateBatch:
        poll_s = POLL_IN_TROUBLE_S if self._retry_policy.troubled else POLL_S
        return await self._poll_api.get_updates(
            self._token,
            self._intake.offset or None,
            limit=limit,
            poll_s=poll_s,
            allowed=self._allowed_updates,
        )

    async def _wait_after_useless(self, polls: int) -> None:
        text = "Telegram repeats updates that were handled, or sends none that can be read"
        await self._retry_policy.report(Trouble("useless", text))
        await asyncio.sleep(_NOTHING_NEW.after(polls).delay_s)
