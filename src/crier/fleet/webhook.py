"""Has Telegram deliver updates to the API, and takes in what the API stores of them.

Nothing is asked of Telegram while updates come by themselves. So a check of its own asks twice a
minute how the webhook is, with the retry policy of a poll: a token that was revoked ends the
session in `error` as soon as there, and meanwhile stored updates are still handled.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence

from crier.fleet.errors import BotRefused
from crier.fleet.intake import Intake
from crier.fleet.retry_policy import RetryPolicy, Trouble
from crier.fleet.row_watcher import WakeUps
from crier.fleet.session_store import SessionStore
from crier.storage import outage
from crier.telegram.client import BotApi
from crier.telegram.errors import ApiError, Conflict, TelegramError
from crier.telegram.types import WebhookInfo

CHECK_EVERY_S = 30.0
"""Twice a minute, so that a dead token shows within one: asked at the latest after 36 s, and then
confirmed for 14 s (`telegram.error_table.CONFIRM_AFTER_S`)."""

LATEST_TRY_S = 150.0
"""Telegram tries a delivery that fails again after up to 120 s."""

CONFIRM_S = 1.5
"""How long the answer to a getUpdates that only confirms is waited for: Telegram confirms when it
comes in, and makes a client that asks twice with one offset wait up to 3 s."""

REMOVE_S = 5.0
"""How long a stop waits for deleteWebhook; the next start in either mode sets things right."""

log = logging.getLogger(__name__)


class Webhook:
    """The receiver of a bot in webhook mode. `running` is called once the webhook is set."""

    def __init__(
        self,
        token: str,
        *,
        api: BotApi,
        url: str,
        secret: str,
        allowed_updates: Sequence[str],
        retry_policy: RetryPolicy,
        store: SessionStore,
        intake: Intake,
        wake_ups: WakeUps,
        running: Callable[[str], Awaitable[None]],
    ) -> None:
        self._token, self._api, self._url, self._secret = token, api, url, secret
        self._allowed_updates, self._retry_policy = allowed_updates, retry_policy
        self._store, self._intake = store, intake
        self._wake_ups, self._running = wake_ups, running

    async def run(self) -> None:
        """Set the webhook and take in what it brings until cancelled.

        Raises:
            BotRefused: the bot cannot run before its owner does something.
            FenceLost: another session has the bot.
        """
        await self._retry_policy.call(self._confirm_polled)
        await self._retry_policy.call(self._set)
        await self._running("Telegram answers: the webhook is set")
        checks = asyncio.create_task(self._check_until_cancelled(), name="fleet webhook")
        checks.add_done_callback(lambda _: self._wake_ups.inbox_filled.set())
        try:
            while True:
                self._wake_ups.inbox_filled.clear()
                if checks.done():
                    checks.result()
                await self._wake_ups.up_to_date()
                await self._intake.drain_inbox()
                await self._wake_ups.inbox_filled.wait()
        finally:
            checks.cancel()
            await asyncio.wait((checks,))

    async def stop(self) -> None:
        """Remove the webhook if Telegram answers in time; updates wait at Telegram then."""
        try:
            async with asyncio.timeout(REMOVE_S):
                await self._api.delete_webhook(self._token)
        except (TelegramError, TimeoutError) as error:
            log.warning("webhook_not_removed", extra=self._extra(error))

    async def _confirm_polled(self) -> None:
        """Confirm what was polled before, so that the webhook does not bring it again.

        Only a getUpdates with our offset does. What it may return stays unconfirmed.
        """
        if self._intake.offset:
            try:
                async with asyncio.timeout(CONFIRM_S):
                    await self._api.get_updates(self._token, self._intake.offset, limit=1, poll_s=0)
            except Conflict as error:  # a webhook is set already: nothing was polled since
                log.info("webhook_is_set", extra=self._extra(error))
            except TimeoutError as error:
                log.info("confirmed_without_answer", extra=self._extra(error))

    async def _set(self) -> None:
        """Set the webhook.

        Raises:
            BotRefused: Telegram will never call this address.
        """
        try:
            await self._api.set_webhook(
                self._token,
                self._url,
                secret_token=self._secret,
                allowed_updates=self._allowed_updates,
            )
        except ApiError as error:
            if error.code != 400:
                raise
            raise BotRefused(
                f"Telegram refuses the webhook ({error.verdict.description}): correct "
                "CRIER_PUBLIC_URL, or change the bot to polling"
            ) from error

    async def _check_until_cancelled(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY_S * random.uniform(0.8, 1.2))  # noqa: S311 (spreads)
            try:
                await self._check()
            except outage.AWAY as error:
                log.warning("webhook_not_checked", extra=self._extra(error))

    async def _check(self) -> None:
        """Ask whether Telegram still calls us and how that goes; correct what can be corrected."""
        policy = self._retry_policy
        info = await policy.probe(lambda: self._api.get_webhook_info(self._token))
        await self._store.save_pending_updates(info.pending_update_count)
        if info.url != self._url:
            done = "changed" if info.url else "removed"
            text = f"another program {done} this bot's webhook: setting it again"
            await policy.report(Trouble("conflict", text))
        elif _failing(info):
            text = f"Telegram cannot deliver updates: {info.last_error_message}"
            await policy.report(Trouble("webhook", text))
        else:
            await policy.clear()
            return
        # Where deliveries fail, the secret may be another program's; to set it again is no loss.
        await policy.probe(self._set)

    def _extra(self, error: Exception) -> dict[str, object]:
        return {"bot_id": self._store.fence.bot_id, "error": str(error).strip()}


def _failing(info: WebhookInfo) -> bool:
    recent = time.time() - (info.last_error_date or 0) < LATEST_TRY_S
    return recent and info.pending_update_count > 0
