"""One run of a session, from one start or restart to the next: its parts, put together.

`receive` gets updates until it is cancelled; `close` reaches the safe point: every update that was
recorded is finished or left to the next run. An update goes this way:

    Polling or Webhook -> Intake (plan, EffectsRecorder) -> ChatQueues -> Replier (EffectsRecorder)
                                                         -> Forwarder
"""

import asyncio
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

import psycopg

from crier.domain import bot_state, own_data
from crier.domain.backoff import Backoff
from crier.domain.replies import forward_key
from crier.fleet.chat_queues import ChatQueues
from crier.fleet.command_menu import CommandMenu
from crier.fleet.errors import BotRefused, FenceLost
from crier.fleet.fleet_context import FleetContext
from crier.fleet.forward import ForwardedUpdate, Forwarder
from crier.fleet.handlers import ReplyRules
from crier.fleet.inbox import Inbox
from crier.fleet.intake import Intake
from crier.fleet.person_requests import PersonRequests
from crier.fleet.plan import PendingReply, Profile
from crier.fleet.polling import Backlog, Polling
from crier.fleet.replies import Replier
from crier.fleet.retry_policy import RetryPolicy, Trouble
from crier.fleet.row_watcher import WakeUps
from crier.fleet.session_store import BotRow, SessionStore
from crier.fleet.shutdown import GRACE_S
from crier.fleet.webhook import Webhook
from crier.secrets.vault import WEBHOOK_SECRET
from crier.storage import outage
from crier.telegram.types import KINDS

CAPACITY = 200
"""Updates of a bot that may be recorded and unanswered; twice a full answer of getUpdates."""

FORWARD_GRACE_S = 0.2
_RETRY = Backoff(base_s=1.0, cap_s=60.0)
log = logging.getLogger(__name__)


class Receiver(Protocol):
    """Where updates come from: `Polling` or `Webhook`."""

    async def run(self) -> None:
        """Take updates in until cancelled.

        Raises:
            BotRefused: Telegram will never let the bot do it.
            FenceLost: another session has the bot.
        """

    async def stop(self) -> None:
        """Tell Telegram that the owner has stopped the bot."""


class SessionRun:
    """One run of a session. `row` is the bot as the run works with it; `fence_lost` is set where
    another session has the bot."""

    def __init__(
        self,
        context: FleetContext,
        store: SessionStore,
        row: BotRow,
        wake_ups: WakeUps,
        *,
        after_webhook: bool,
    ) -> None:
        """Put the run together.

        Raises:
            VaultError: a token or secret of the bot does not open.
            BotRefused: webhook mode lacks what its owner has to set up.
        """
        self.row, self.fence_lost = row, False
        self._context, self._store = context, store
        self._token = context.vault.open(row.bot_token)
        limiter = context.limiters.of(row.id, row.settings.get("send_rate"))
        if row.flood_until is not None:
            limiter.hold_until(row.flood_until.timestamp())
        api, recorder = context.bot_api, context.recorder
        self._retry_policy = RetryPolicy(
            store, self._token, api=api, limiter=limiter, recorder=recorder
        )
        requests = PersonRequests(context.pool, store.fence, context.vault)
        replier = Replier(
            store, self._token, api=api, limiter=limiter, recorder=recorder, requests=requests
        )
        self._queues = ChatQueues[PendingReply](replier.handle, CAPACITY)
        self._forwarder = self._make_forwarder(replier)
        self._inbox = Inbox(context.pool, store.fence)
        self._intake = self._make_intake(row.had_webhook or after_webhook)
        self._menu = CommandMenu(store, self._token, api)
        self._receiver = self._make_receiver(wake_ups)

    # -- living: called by the supervisor

    async def receive(self) -> None:
        """Get updates until cancelled; failures of PostgreSQL and of our own are waited out.

        Raises:
            BotRefused: the bot cannot run before its owner does something.
            FenceLost: another session has the bot.
        """
        failures = 0
        while True:
            try:
                await self._receive()
            except FenceLost:
                self.fence_lost = True
                raise
            except BotRefused:
                raise
            except outage.AWAY as error:
                log.warning(
                    "session_waits_for_database", extra={"bot_id": self.row.id, "error": str(error)}
                )
                await asyncio.sleep(1.0)
            except Exception as error:
                failures += 1
                log.exception("session_failed", extra={"bot_id": self.row.id})
                text = f"internal error ({type(error).__name__}): the session starts over"
                await self._retry_policy.report(Trouble("internal", text, "error"))
                await asyncio.sleep(_RETRY.after(failures).delay_s)

    async def drain_inbox(self) -> None:
        """Take in the updates that wait in the inbox.

        Raises:
            FenceLost: another session has the bot.
        """
        await self._intake.drain_inbox()

    def apply(self, row: BotRow) -> None:
        """Work by another welcome, other commands or another rate from the next update on."""
        rate = row.settings.get("send_rate")
        if rate != self.row.settings.get("send_rate"):  # a limit forgets what the pace has learnt
            self._context.limiters.limit(row.id, rate)
        self.row = row
        self._intake.profile = self._profile(self._intake.profile.username)
        self._menu.update(row)

    # -- ending: called by the supervisor

    async def stop_receiving(self, receiving: "asyncio.Task[None]") -> None:
        """Cancel the task that runs `receive` and wait until it has ended.

        Before Python 3.12 `asyncio.wait_for`, which psycopg uses, swallows a cancel that comes in
        the same moment as what it waits for; so the retry policy is stopped too, and the task is
        cancelled again.
        """
        self._retry_policy.stop()
        while not receiving.done():
            receiving.cancel()
            await asyncio.wait((receiving,), timeout=GRACE_S + 0.1)
        if not receiving.cancelled() and (error := receiving.exception()) is not None:
            log.info("receiver_ended", extra={"error": str(error)})

    async def stop(self) -> None:
        """Tell Telegram that the owner has stopped the bot."""
        await self._receiver.stop()

    async def close(self) -> None:
        """Reach the safe point within about a second and a half; without the fence, at once."""
        self._menu.close()
        replies = await self._queues.close(0.0 if self.fence_lost else GRACE_S)
        forwards: list[ForwardedUpdate] = []
        if self._forwarder is not None:
            forwards = await self._forwarder.close(0.0 if self.fence_lost else FORWARD_GRACE_S)
        if not self.fence_lost:
            await self._leave_unfinished(replies, forwards)

    async def _leave_unfinished(
        self, replies: list[PendingReply], forwards: list[ForwardedUpdate]
    ) -> None:
        left = {one.update_id: (one.raw, "reply") for one in replies if not one.may_have_gone}
        for one in forwards:
            left[one.update_id] = (one.raw, "both" if one.update_id in left else "forward")
        if not left:
            return
        try:
            async with asyncio.timeout(GRACE_S):
                await self._inbox.leave_unfinished(left)
        except (psycopg.Error, TimeoutError) as error:
            extra = {"bot_id": self.row.id, "count": len(left), "error": str(error).strip()}
            log.error("replies_lost", extra=extra)

    # -- inside

    async def _receive(self) -> None:
        me = await self._retry_policy.call(lambda: self._context.bot_api.get_me(self._token))
        self._intake.profile = replace(self._intake.profile, username=me.username)
        if me.username != self.row.username:
            await self._store.save_username(me.username)
        if self.row.had_webhook:  # otherwise the inbox is empty, and wake-ups tell of later rows
            await self._intake.resume_unfinished()
            await self._intake.drain_inbox()
        await self._receiver.run()

    async def _running(self, reason: str) -> None:
        """Write that the bot runs: Telegram has answered."""
        await self._store.step(bot_state.answered, reason)
        self._menu.update(self.row)

    def _profile(self, username: str | None) -> Profile:
        privacy = bool(self.row.settings.get(own_data.SETTING))
        rules = ReplyRules(self.row.welcome, self.row.commands, privacy=privacy)
        return Profile(self.row.id, self._store.fence.instance_id, username, rules)

    def _make_intake(self, had_webhook: bool) -> Intake:
        last = self.row.last_active or datetime.fromtimestamp(0, UTC)
        return Intake(
            self._profile(self.row.username),
            self.row.update_offset,
            time.time() - last.timestamp(),
            had_webhook=had_webhook,
            inbox=self._inbox,
            recorder=self._context.recorder,
            queues=self._queues,
            forwarder=self._forwarder,
        )

    def _make_forwarder(self, replier: Replier) -> Forwarder | None:
        url = self.row.settings.get("forward_url")
        if not url or self.row.webhook_secret is None:
            return None
        return Forwarder(
            url,
            forward_key(self._context.vault.open(self.row.webhook_secret, WEBHOOK_SECRET)),
            self._store.fence,
            client=self._context.guarded,
            reply=replier.handle,
            recorder=self._context.recorder,
        )

    def _make_receiver(self, wake_ups: WakeUps) -> Receiver:
        context, row, token = self._context, self.row, self._token
        # An owner's own program gets the kinds of updates that Telegram sends by default.
        allowed_updates = () if self._forwarder else KINDS
        if row.receive_mode == "webhook":
            return Webhook(
                token,
                api=context.bot_api,
                url=_webhook_url(context.settings.public_url, row),
                secret=_webhook_secret(context, row),
                allowed_updates=allowed_updates,
                retry_policy=self._retry_policy,
                store=self._store,
                intake=self._intake,
                wake_ups=wake_ups,
                running=self._running,
            )
        return Polling(
            token,
            api=context.bot_api,
            poll_api=context.poll_api,
            allowed_updates=allowed_updates,
            retry_policy=self._retry_policy,
            intake=self._intake,
            backlog=Backlog(self._store, token, context.bot_api, row.pending_updates),
            wake_ups=wake_ups,
            running=self._running,
        )


def _webhook_url(public_url: str | None, row: BotRow) -> str:
    if public_url is None:
        raise BotRefused(
            "webhook mode needs CRIER_PUBLIC_URL: set it, or change the bot to polling"
        )
    return f"{public_url.rstrip('/')}/api/telegram/{row.public_key}"


def _webhook_secret(context: FleetContext, row: BotRow) -> str:
    """Return what Telegram is to show with each call; the API makes one for every bot."""
    if row.webhook_secret is None:
        raise BotRefused("this bot has no webhook secret: change it to polling, or add it anew")
    return context.vault.open(row.webhook_secret, WEBHOOK_SECRET)
