"""One life of a session: what it works with from one (re)start to the next.

It holds the bot's token in clear. `receive` gets updates until it is cancelled, by polling or out
of the inbox that the webhook fills; `close` reaches the safe point: what is recorded stays, what is
in hand is finished or left to the next session.
"""

import asyncio
import logging
import time
from datetime import UTC, datetime

from crier.domain import bot_state
from crier.domain.backoff import Backoff
from crier.domain.replies import forward_key
from crier.fleet import inbox, menu, polling, rows, webhook
from crier.fleet.chat_queues import ChatQueues
from crier.fleet.effects import Effects
from crier.fleet.errors import BotRefused, FenceLost
from crier.fleet.forward import Forwarder
from crier.fleet.handlers import ReplyRules
from crier.fleet.intake import Intake
from crier.fleet.plan import Profile, Work
from crier.fleet.replies import Replier
from crier.fleet.retry_policy import RetryPolicy, Trouble
from crier.fleet.row_watcher import Watched
from crier.fleet.rows import BotRow, Owner
from crier.fleet.runtime import Fleet
from crier.fleet.safety import LINGER_S, OUTAGE
from crier.secrets.vault import WEBHOOK_SECRET
from crier.telegram.errors import TelegramError
from crier.telegram.types import KINDS

CAPACITY = 200
"""Updates of a bot that may be in hand, unanswered; twice a full answer of getUpdates."""

_AGAIN = Backoff(base_s=1.0, cap_s=60.0)
log = logging.getLogger(__name__)


class SessionRun:
    """Everything of one session between two restarts. Raises `VaultError` for a token that does
    not open."""

    def __init__(
        self, fleet: Fleet, owner: Owner, row: BotRow, ears: Watched, *, after_webhook: bool
    ) -> None:
        self.fleet, self.owner, self.row, self.ears = fleet, owner, row, ears
        self.api = fleet.bot_api
        self.token = fleet.vault.open(row.bot_token)
        self.limiter = fleet.limiters.of(row.id, row.settings.get("send_rate"))
        if row.flood_until is not None:
            self.limiter.hold_until(row.flood_until.timestamp())
        self.retry_policy = RetryPolicy(fleet, owner, self.token, self.limiter)
        self.replier = Replier(
            row.id,
            owner.instance_id,
            self.token,
            api=self.api,
            limiter=self.limiter,
            pool=fleet.pool,
            recorder=fleet.recorder,
        )
        self.queues = ChatQueues[Work](self.replier.handle, CAPACITY)
        self.forwarder = self._make_forwarder()
        self.intake = self._make_intake(row.had_webhook or after_webhook)
        self.lost = False
        self.draining = asyncio.Lock()
        self.settled = asyncio.Event()
        """Clear while the row is being read because it may have changed."""
        self.settled.set()
        self._menu: asyncio.Task[None] | None = None

    @property
    def allowed(self) -> tuple[str, ...]:
        """Update kinds to ask for: an owner's own program gets Telegram's default set."""
        return () if self.forwarder else KINDS

    async def receive(self) -> None:
        """Get updates until cancelled, whatever happens to PostgreSQL and to us.

        Raises:
            BotRefused: the bot cannot run before its owner does something.
            FenceLost: another session has the bot.
        """
        failures = 0
        while True:
            try:
                await self._receive()
            except FenceLost:
                self.lost = True
                raise
            except BotRefused:
                raise
            except OUTAGE as error:
                log.warning("session_waits", extra={"bot_id": self.row.id, "error": str(error)})
                await asyncio.sleep(1.0)
            except Exception as error:
                failures += 1
                log.exception("session_failed", extra={"bot_id": self.row.id})
                text = f"internal error ({type(error).__name__}): the session starts over"
                await self.retry_policy.report(Trouble("internal", text, "error"))
                await asyncio.sleep(_AGAIN.after(failures).delay_s)

    async def running(self, reason: str) -> None:
        """Telegram has answered: the bot runs."""
        await rows.step(self.fleet.pool, self.owner, bot_state.answered, reason)
        self._keep_menu()

    async def up_to_date(self) -> None:
        """Return when what the owner changed before an update came is in force for it.

        For the receiver only: the session's control is who takes changes over.
        """
        while self.ears.changed.is_set() or not self.settled.is_set():
            await asyncio.sleep(0)
            await self.settled.wait()

    def reload(self, row: BotRow) -> None:
        """Work by another welcome, other commands or another rate from the next update on."""
        rate = row.settings.get("send_rate")
        if rate != self.row.settings.get("send_rate"):  # a limit forgets what the pace has learnt
            self.fleet.limiters.limit(row.id, rate)
        self.row = row
        known = self.intake.profile
        rules = ReplyRules(row.welcome, row.commands)
        self.intake.profile = Profile(row.id, known.instance_id, known.username, rules)
        self._keep_menu()

    async def farewell(self) -> None:
        """What Telegram is told when the owner stops the bot."""
        if self.row.receive_mode == "webhook":
            await webhook.remove(self)

    async def close(self) -> None:
        """Reach the safe point within about a second and a half."""
        if self._menu is not None:
            self._menu.cancel()
        works = await self.queues.close(0.0 if self.lost else LINGER_S)
        forwarded = await self.forwarder.close(0.0 if self.lost else 0.2) if self.forwarder else []
        if not self.lost:
            await inbox.owe(self, works, forwarded)

    # -- inside

    async def _receive(self) -> None:
        me = await self.retry_policy.insist(lambda: self.api.get_me(self.token))
        known = self.intake.profile
        self.intake.profile = Profile(self.row.id, known.instance_id, me.username, known.rules)
        if me.username != self.row.username:
            await inbox.rename(self, me.username)
        if self.row.had_webhook:  # else there is no row to look for; later ones are told of
            await inbox.take_over(self)
            await inbox.drain(self)
        await (webhook if self.row.receive_mode == "webhook" else polling).run(self)

    def _keep_menu(self) -> None:
        if self._menu is not None:
            self._menu.cancel()
        self._menu = asyncio.create_task(self._tell_menu(self.row), name="fleet menu")

    async def _tell_menu(self, row: BotRow) -> None:
        failures = 0
        while True:
            try:
                await menu.keep(self.fleet, self.owner, row, self.token)
            except (TelegramError, *OUTAGE) as error:
                failures += 1
                log.info("menu_not_told", extra={"bot_id": row.id, "error": str(error)})
                await asyncio.sleep(_AGAIN.after(failures).delay_s)
            else:
                return

    def _make_intake(self, had_webhook: bool) -> Intake:
        row = self.row
        last = row.last_active or datetime.fromtimestamp(0, UTC)
        profile = Profile(
            row.id, self.owner.instance_id, row.username, ReplyRules(row.welcome, row.commands)
        )
        return Intake(
            profile,
            row.update_offset,
            time.time() - last.timestamp(),
            recorder=self.fleet.recorder,
            pool=self.fleet.pool,
            queues=self.queues,
            forwarder=self.forwarder,
            had_webhook=had_webhook,
        )

    def _make_forwarder(self) -> Forwarder | None:
        url = self.row.settings.get("forward_url")
        if not url or self.row.webhook_secret is None:
            return None
        key = forward_key(self.fleet.vault.open(self.row.webhook_secret, WEBHOOK_SECRET))
        return Forwarder(
            url,
            key,
            self.row.id,
            client=self.fleet.guarded,
            handle=self.replier.handle,
            tell=self._tell,
        )

    def _tell(self, warning: str) -> None:
        """Write a warning into the bot's log, without waiting for it."""
        note = Effects(self.row.id, self.owner.instance_id, notes=[("warning", warning)])
        self.fleet.recorder.record_soon(note)
