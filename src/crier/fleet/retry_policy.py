"""What a session run does when a call to Telegram fails: report it, wait, and try again.

Each failure is visible in `bots.last_error`, as a row of the bot's log when it changes, and in the
metrics. Only a token that Telegram refuses again and again ends the session.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

from crier.domain.backoff import Backoff
from crier.fleet import metrics
from crier.fleet.effects import Counts
from crier.fleet.effects_recorder import EffectsRecorder
from crier.fleet.errors import BotRefused
from crier.fleet.session_store import SessionStore
from crier.storage import outage
from crier.telegram.client import BotApi
from crier.telegram.error_table import CONFIRM_AFTER_S
from crier.telegram.errors import (
    ApiError,
    Conflict,
    TelegramError,
    TokenRefused,
    TooManyRequests,
)
from crier.telegram.rate_limiters import RateLimiter

T = TypeVar("T")

NETWORK = Backoff(base_s=0.5, cap_s=60.0)
CONFLICT = Backoff(base_s=3.0, cap_s=30.0)
CONFLICT_CLEAR_AFTER_S = 30.0
"""Two pollers take turns, so one good answer does not show that the other is gone."""

log = logging.getLogger(__name__)


class Trouble(NamedTuple):
    """A failure in words for the bot's owner; `kind` is the metric's label."""

    kind: str
    text: str
    level: str = "warning"


class RetryPolicy:
    """The retry policy of one session run; every call that must succeed goes through `call`."""

    def __init__(
        self,
        store: SessionStore,
        token: str,
        *,
        api: BotApi,
        limiter: RateLimiter,
        recorder: EffectsRecorder,
    ) -> None:
        self._store, self._token = store, token
        self._api, self._limiter, self._recorder = api, limiter, recorder
        self._stopped = False
        self._failures = 0
        self._trouble: Trouble | None = None
        self._since = 0.0

    @property
    def troubled(self) -> bool:
        """Whether a call has failed since all was last known to be well."""
        return self._failures > 0 or self._trouble is not None

    def stop(self) -> None:
        """Make every further call raise `CancelledError`: a cancel of the task that calls can get
        lost (see `session_run.SessionRun.stop_receiving`)."""
        self._stopped = True

    async def call(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Call until Telegram answers, which shows that all is well.

        Raises:
            BotRefused: Telegram refuses the token, confirmed.
        """
        answer = await self.probe(ask)
        await self.clear()
        return answer

    async def probe(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Call until Telegram answers; the caller says what the answer shows (`report`, `clear`).

        Raises:
            BotRefused: Telegram refuses the token, confirmed.
        """
        while True:
            if self._stopped:
                raise asyncio.CancelledError
            try:
                answer = await ask()
            except TelegramError as error:
                await self._handle(error)
            else:
                self._failures = 0
                return answer

    async def report(self, trouble: Trouble) -> None:
        """Report a failure to the owner; the same one again is counted, not written again."""
        metrics.FAILURES.labels(trouble.kind).inc()
        self._recorder.count(self._store.fence.bot_id, Counts(errors=1))
        self._since = asyncio.get_running_loop().time()
        if trouble != self._trouble:
            self._trouble = trouble
            await self._show(trouble.text, trouble.level, trouble.text)

    async def _handle(self, error: TelegramError) -> None:
        """Report a failure and wait until it makes sense to ask again."""
        self._failures += 1
        if isinstance(error, TokenRefused):
            await self._confirm_refusal(error)
        elif isinstance(error, TooManyRequests):
            await self._wait_for_flood(error.verdict.retry_after_s or 1.0)
        elif isinstance(error, Conflict):
            await self._yield_to_other(error)
        else:
            kind = "refused" if isinstance(error, ApiError) else "network"
            await self.report(Trouble(kind, f"{error}; trying again"))
            await asyncio.sleep(NETWORK.after(self._failures).delay_s)

    async def _wait_for_flood(self, seconds: float) -> None:
        text = f"Telegram makes this bot wait {seconds:.0f} s (429); it goes on by itself"
        self._limiter.hold(seconds)
        self._recorder.count(self._store.fence.bot_id, Counts(throttled=1))
        await self.report(Trouble("flood", text))
        await asyncio.sleep(seconds + random.uniform(0.05, 1.0))  # noqa: S311 (spreads a fleet)

    async def _yield_to_other(self, error: Conflict) -> None:
        if "webhook" in error.verdict.description.lower():
            text = "another program has set a webhook for this bot: removing it (409)"
            await self.report(Trouble("conflict", text))
            try:
                await self._api.delete_webhook(self._token)
            except TelegramError as refused:
                log.info("webhook_not_removed", extra={"error": str(refused)})
        else:
            text = (
                "something else is polling this bot's token (409): stop that program, or give "
                "the bot a new token"
            )
            await self.report(Trouble("conflict", text))
        await asyncio.sleep(CONFLICT.after(self._failures).delay_s)

    async def _confirm_refusal(self, error: TokenRefused) -> None:
        """Ask getMe some times before the token is believed to be refused."""
        words = f"Telegram refuses this bot's token ({error.code} {error.verdict.description})"
        await self.report(Trouble("token", f"{words}; asking again to be sure"))
        for delay_s in CONFIRM_AFTER_S:
            await asyncio.sleep(delay_s)
            try:
                await self._api.get_me(self._token)
            except TokenRefused:
                continue
            except TelegramError as other:
                log.info("token_check_failed", extra={"error": str(other)})
            return
        raise BotRefused(
            f"{words}: it was revoked or is wrong. Get one from @BotFather and change the bot's "
            "token; it starts again by itself"
        )

    async def clear(self) -> None:
        """Take back the reported failure: all is well."""
        if self._trouble is not None:
            age = asyncio.get_running_loop().time() - self._since
            if self._trouble.kind == "conflict" and age < CONFLICT_CLEAR_AFTER_S:
                return
            self._trouble = None
            await self._show(None, "info", "all is well again")
        self._failures = 0

    async def _show(self, error: str | None, level: str, message: str) -> None:
        try:
            await self._store.save_trouble(error, level, message)
        except outage.AWAY as down:
            self._trouble = None  # stored at the next failure
            log.warning("trouble_not_stored", extra={"error": str(down).strip()})
