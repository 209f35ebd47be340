"""Has Telegram deliver updates to the API, and handles what that stores.

Nobody asks Telegram while updates come by themselves. So a watch of its own asks twice a minute how
the webhook is, with the retry_policy of a poll: a token that was revoked ends the session in
`error` as soon as there, and meanwhile what has come in is still handled.
"""

import asyncio
import logging
import random
import secrets
import time
from typing import TYPE_CHECKING

from crier.fleet import inbox
from crier.fleet.errors import BotRefused
from crier.fleet.retry_policy import Trouble
from crier.fleet.safety import OUTAGE
from crier.secrets.vault import WEBHOOK_SECRET
from crier.storage.queries import load
from crier.telegram.errors import ApiError, Conflict, TelegramError
from crier.telegram.types import WebhookInfo

if TYPE_CHECKING:
    from crier.fleet.session_run import SessionRun

CHECK_EVERY_S = 30.0
"""Twice a minute, so that a dead token shows within one: asked at the latest after 36 s, and then
confirmed for 14 s (`telegram.error_table.CONFIRM_AFTER_S`)."""

LATEST_TRY_S = 150.0
"""Telegram tries a delivery that fails again after up to 120 s."""

CONFIRM_S = 1.5
"""How long the answer to a getUpdates that only confirms is waited for: Telegram confirms when it
comes in, and makes whoever asks twice with one offset wait up to 3 s."""

REMOVE_S = 5.0
"""How long a stop waits for deleteWebhook; the next start in either mode sets things right."""

_SQL = load("fleet")
log = logging.getLogger(__name__)


async def run(life: "SessionRun") -> None:
    """Set the webhook and handle what it brings until cancelled."""
    url = _url(life)
    await life.retry_policy.insist(lambda: _confirm(life))
    await life.retry_policy.insist(lambda: _set(life, url))
    await life.running("Telegram answers: the webhook is set")
    watch = asyncio.create_task(_watch(life, url), name="fleet webhook")
    watch.add_done_callback(lambda _: life.ears.inbox.set())
    try:
        while True:
            life.ears.inbox.clear()
            if watch.done():
                watch.result()
            await life.up_to_date()
            await inbox.drain(life)
            await life.ears.inbox.wait()
    finally:
        watch.cancel()
        await asyncio.wait((watch,))


async def remove(life: "SessionRun") -> None:
    """Take the webhook away, best effort; updates wait at Telegram."""
    try:
        async with asyncio.timeout(REMOVE_S):
            await life.api.delete_webhook(life.token)
    except (TelegramError, TimeoutError) as error:
        log.warning("webhook_not_removed", extra={"bot_id": life.row.id, "error": str(error)})


def _url(life: "SessionRun") -> str:
    public = life.fleet.settings.public_url
    if public is None:
        raise BotRefused(
            "webhook mode needs CRIER_PUBLIC_URL: set it, or change the bot to polling"
        )
    return f"{public.rstrip('/')}/api/telegram/{life.row.public_key}"


async def _confirm(life: "SessionRun") -> None:
    """Confirm what was polled before, so that the webhook does not bring it again.

    Only a getUpdates with our offset does. What it may return stays unconfirmed.
    """
    if life.intake.offset:
        try:
            async with asyncio.timeout(CONFIRM_S):
                await life.api.get_updates(life.token, life.intake.offset, limit=1, poll_s=0)
        except Conflict:
            log.info("webhook_is_set", extra={"bot_id": life.row.id})  # then nobody polled since
        except TimeoutError:
            log.info("confirmed_without_answer", extra={"bot_id": life.row.id})


async def _set(life: "SessionRun", url: str) -> None:
    """Raises `BotRefused` where Telegram will never call this address."""
    secret = await _secret(life)
    try:
        await life.api.set_webhook(
            life.token, url, secret_token=secret, allowed_updates=life.allowed
        )
    except ApiError as error:
        if error.code != 400:
            raise
        raise BotRefused(
            f"Telegram refuses the webhook ({error.verdict.description}): correct "
            "CRIER_PUBLIC_URL, or change the bot to polling"
        ) from error


async def _secret(life: "SessionRun") -> str:
    """What Telegram shows with each call; made where the bot has none."""
    sealed = life.row.webhook_secret
    if sealed is not None:
        return life.fleet.vault.open(sealed, WEBHOOK_SECRET)
    secret = secrets.token_urlsafe(32)
    sealed = life.fleet.vault.seal(secret, WEBHOOK_SECRET)
    ids = {"bot_id": life.row.id, "instance_id": life.owner.instance_id}
    async with life.fleet.pool.connection() as connection:
        await connection.execute(_SQL["secret"], {**ids, "secret": sealed})
    return secret


async def _watch(life: "SessionRun", url: str) -> None:
    """Look now and then, until cancelled. Raises `BotRefused`."""
    while True:
        await asyncio.sleep(_interval())
        try:
            await _check(life, url)
        except OUTAGE as error:
            log.warning("webhook_not_checked", extra={"bot_id": life.row.id, "error": str(error)})


async def _check(life: "SessionRun", url: str) -> None:
    """Look whether Telegram still calls us, and how it gets on; set right what can be."""
    retry_policy = life.retry_policy
    info = await retry_policy.look(lambda: life.api.get_webhook_info(life.token))
    await inbox.pending(life, info.pending_update_count)
    if info.url != url:
        done = "changed" if info.url else "removed"
        text = f"another program {done} this bot's webhook: setting it again"
        await retry_policy.report(Trouble("conflict", text))
    elif _failing(info):
        text = f"Telegram cannot deliver updates: {info.last_error_message}"
        await retry_policy.report(Trouble("webhook", text))
    else:
        await retry_policy.over()
        return
    # Where deliveries fail it may be the secret that is another's; to set it again is no loss.
    await retry_policy.look(lambda: _set(life, url))


def _failing(info: WebhookInfo) -> bool:
    recent = time.time() - (info.last_error_date or 0) < LATEST_TRY_S
    return recent and info.pending_update_count > 0


def _interval() -> float:
    return CHECK_EVERY_S * random.uniform(0.8, 1.2)  # noqa: S311 (spreads a fleet)
