"""One send and what its answer means for the recipient, the bot and the broadcast.

The actions are those of the error table (`crier.telegram.error_table`); each has its branch here
and nowhere else. Invariant: every send ends by settling its recipient, or by putting it back into
the window; a recipient that may have got the message is put back only under at_least_once.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from crier.broadcast import closing, metrics
from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.content import Content
from crier.broadcast.delivery import Delivery
from crier.broadcast.recipients import Recipient, Settlement
from crier.domain.outcomes import Action, Outcome, chat_status_after
from crier.storage import aio, outage, queries, queue
from crier.storage.queries import Statement
from crier.telegram.answers import SendResult
from crier.telegram.error_table import CONFIRM_AFTER_S, PEER_FLOOD_PAUSE_S
from crier.telegram.errors import UNWRITTEN, TelegramError, TokenRefused
from crier.telegram.rate_limiters import RateLimiter

SQL: Final = queries.load("broadcast")
MOST_TRIES = 5
"""Times that at_least_once sends again after doubt before it names the recipient `unknown`."""
TELL_WAIT_S = 2.0
"""Waits from this length on are told to the bot's session, wherever it runs."""
Following = Callable[[float], Recipient | None]
"""Takes the recipient that may be sent to at this moment (`time.monotonic`), if there is one."""
OTHERS_S = 0.5
"""After so long the database knows what other workers have sent (`ledger.TICK_S` is 0.2)."""
log = logging.getLogger(__name__)


def _is_there() -> bool:
    return True


_IN_AUDIENCE: Final = SQL.query("in_audience", _is_there)
_FLOOD: Final = SQL.query("flood")
_REFUSE: Final = SQL.query("refuse")


class Sender:
    """Sends the message of one delivery."""

    def __init__(
        self,
        context: BroadcastContext,
        limiter: RateLimiter,
        delivery: Delivery,
        content: Content,
        sealed: str,
    ) -> None:
        self._context, self._limiter, self._delivery = context, limiter, delivery
        self._content, self._sealed = content, sealed
        self._checking = False

    @property
    def one_at_a_time(self) -> bool:
        """Whether an answer has to come before the next send; see `Content.known`."""
        return not self._content.known

    def close_files(self) -> None:
        """Cancel the sends that still wait for files; their recipients are queued again."""
        self._content.close_files()

    async def slot(self, recipient: Recipient) -> bool:
        """Wait for the next slot of the bot; return whether it is to be paid for."""
        pacer, delivery = self._limiter.pacer, self._delivery
        paid = pacer.paying
        await self._limiter.turn(recipient.migrated_to or recipient.chat_id)
        if paid:
            delivery.pay(pacer.paid_left)
        return paid

    async def send(self, recipient: Recipient, *, paid: bool, following: Following) -> None:
        """Send and settle, or put the recipient back; as long as Telegram accepts, go on with
        the recipients that `following` takes."""
        started, relearnt = time.monotonic(), self._content.relearnt

        def accepted(result: SendResult) -> bytes | None:
            nonlocal recipient, started, relearnt
            now = time.monotonic()
            self._limiter.answered(now - started)
            self._sent(recipient, result.message_id)
            after = following(now) if self._content.known else None
            if after is None:
                return None
            recipient, started, relearnt = after, now, self._content.relearnt
            return self._content.body(recipient, paid=False)

        try:
            result = await self._content.send(recipient, paid=paid, accepted=accepted)
        except asyncio.CancelledError as cancelled:
            if cancelled.args == (UNWRITTEN,):  # nothing of it is in doubt
                self._delivery.window.put_back(recipient)
            raise
        if result is None:
            return
        if result.action is Action.OK:
            return
        if not (result.doubtful or result.not_sent):
            self._limiter.answered(time.monotonic() - started)
        if not relearnt and self._stale_file(result):
            self._delivery.window.put_back(recipient)
            await self._content.forget_files()
        else:
            await self._refused(recipient, result)

    async def _refused(self, recipient: Recipient, result: SendResult) -> None:
        metrics.refused(result.action)
        verdict = result.verdict
        if result.action is Action.WAIT and verdict is not None:
            await self._wait(recipient, verdict.retry_after_s or 1.0)
        elif result.action is Action.MIGRATE and verdict and verdict.migrate_to_chat_id:
            await self._migrate(recipient, result, verdict.migrate_to_chat_id)
        elif result.action is Action.BOT_STOP:
            self._delivery.window.put_back(recipient)
            await self._bot_refused(result)
        elif result.action is Action.BACKOFF:
            await self._no_answer(recipient, result)
        elif verdict and recipient.tries < verdict.retries:
            again = replace(recipient, tries=recipient.tries + 1)
            self._delivery.window.put_back(again, last=True)
        else:
            outcome = result.outcome or Outcome.FAILED
            self._settle(recipient, result, outcome)
            if outcome is Outcome.FAILED:
                await self._count_failure(result)

    async def _wait(self, recipient: Recipient, retry_after_s: float) -> None:
        """Obey a 429: silence for exactly so long, then the same recipient."""
        self._delivery.window.put_back(recipient)
        self._context.ledger.count_throttled(self._delivery.bot_id)
        await self._be_silent(retry_after_s)

    async def _be_silent(self, retry_after_s: float) -> None:
        self._limiter.hold(retry_after_s)
        if retry_after_s >= TELL_WAIT_S:
            bot_id, until = self._delivery.bot_id, time.time() + retry_after_s
            await self._note("flood", _FLOOD(bot_id=bot_id, until=until), f"bot:{bot_id}")

    async def _migrate(self, recipient: Recipient, result: SendResult, new_id: int) -> None:
        """Send to the new id of a group, once; the outcome stays under the old one."""
        moved = replace(recipient, migrated_to=new_id)
        if recipient.migrated_to is not None:
            self._settle(recipient, result, Outcome.FAILED)
        elif await self._is_recipient(new_id):
            self._settle(moved, result, Outcome.SKIPPED)
        else:
            self._delivery.window.put_back(moved)

    async def _is_recipient(self, chat_id: int) -> bool:
        """Return True if a chat is in the audience itself: an imported list may hold both ids."""
        asked = _IN_AUDIENCE(id=self._delivery.id, chat_id=chat_id)
        try:
            async with self._context.pool.connection() as connection:
                return await aio.first(connection, asked) is not None
        except outage.AWAY as error:
            log.warning("audience_not_asked", extra={"error": outage.words(error)})
            return False

    async def _no_answer(self, recipient: Recipient, result: SendResult) -> None:
        """Handle that nothing certain came back. What never left is sent later; the rest is in
        doubt."""
        self._limiter.trouble()
        if result.not_sent or (result.verdict is not None and not result.doubtful):
            self._delivery.window.put_back(recipient)
        elif self._delivery.at_least_once and recipient.tries < MOST_TRIES:
            self._delivery.window.put_back(replace(recipient, tries=recipient.tries + 1))
        else:
            self._settle(recipient, result, Outcome.UNKNOWN)
            if result.error_code is not None:  # no answer at all is an outage, to be waited out
                await self._count_failure(result)

    async def _bot_refused(self, result: SendResult) -> None:
        """Ask getMe, which is not refused by mistake for long: then the bot is in error. Where it
        works, sending itself is forbidden, for nobody knows how long, or it was a mistake."""
        self._limiter.trouble()
        if self._checking:
            return
        self._checking = True
        try:
            error = await self._ask_for_token()
        finally:
            self._checking = False
        if isinstance(error, TokenRefused):
            words = f"Telegram refuses the token ({error}): get a new one from @BotFather"
            bot_id = self._delivery.bot_id
            refusal = _REFUSE(bot_id=bot_id, sealed=self._sealed, error=words)
            await self._note("refuse", refusal, f"deliver:{bot_id}", f"bot:{bot_id}")
        elif error is not None:
            log.info("token_check_postponed", extra={"error": str(error)})
        elif result.verdict is not None and not result.verdict.confirm:
            log.warning("bot_may_not_send", extra={"error": result.error, **self._named()})
            await self._be_silent(PEER_FLOOD_PAUSE_S)

    async def _ask_for_token(self) -> TelegramError | None:
        """Return what speaks against the token: a refusal each time that it is asked about, else
        the error that kept Telegram from telling; None where it works."""
        found: TelegramError | None = None
        for delay_s in (0.0, *CONFIRM_AFTER_S):
            await asyncio.sleep(delay_s)
            try:
                await self._context.bot_api.get_me(self._content.token)
            except TokenRefused as error:
                found = error
            except TelegramError as error:
                return error
            else:
                return None
        return found

    def _stale_file(self, result: SendResult) -> bool:
        """Return True if Telegram refuses a file_id, which may have worked before. Nothing that was
        in flight with it may count against the content: all of it is sent again."""
        words = (result.error or "").lower()
        stale = ("wrong" in words and "file" in words) or "media_empty" in words
        return stale and bool(self._delivery.message.media)

    def _sent(self, r: Recipient, message_id: int | None) -> None:
        place = (r.position, r.chat_id, Outcome.SENT, time.time())
        self._delivery.settle(Settlement(*place, message_id, migrated_to=r.migrated_to))

    def _settle(self, recipient: Recipient, result: SendResult, outcome: Outcome) -> None:
        verdict = result.verdict
        status = None
        if verdict is not None:
            status = chat_status_after(result.action, after_repeats=verdict.after_repeats)
        self._delivery.settle(
            Settlement(
                recipient.position,
                recipient.chat_id,
                outcome,
                time.time(),
                code=result.error_code,
                error=(result.error or "").replace("\0", ""),
                action=result.action,
                chat_status=status,
                migrated_to=recipient.migrated_to if outcome is Outcome.SKIPPED else None,
            )
        )

    async def _count_failure(self, result: SendResult) -> None:
        """Stop the broadcast where it can never be sent, pause it where too much fails."""
        breaker, verdict = self._delivery.breaker, result.verdict
        breaker.failed()
        if verdict is not None:
            words, known = result.error or "", verdict.known
            breaker.refused(self._delivery.bot_id, result.action, words, known=known)
        if breaker.stopping:
            return
        if reason := breaker.reason_to_fail():
            breaker.end_by(self._fail(f"{reason}: {result.error}"))
        elif reason := breaker.reason_to_pause():
            breaker.trip()
            await self._stop(closing.pause, f"{reason}; the last: {result.error}")

    async def _fail(self, reason: str) -> None:
        """Fail the broadcast, unless somebody gets the message after all."""
        breaker = self._delivery.breaker
        await asyncio.sleep(OTHERS_S)
        if breaker.proven:
            return
        breaker.trip()
        if await self._stop(closing.hold, reason):
            await self._stop(closing.fail, reason)
        else:
            breaker.prove()

    async def _stop(self, step: closing.Step, reason: str) -> bool:
        """Take a step and return whether it stopped the broadcast, which goes on otherwise."""
        delivery, stopped = self._delivery, False
        try:
            async with self._context.pool.connection() as connection:
                stopped = await step(connection, delivery.broadcast_id, reason)
        except outage.AWAY as error:
            log.warning("stop_postponed", extra={"error": outage.words(error), **self._named()})
        if stopped:
            log.warning("broadcast_stopped", extra={"reason": reason, **self._named()})
        else:
            delivery.breaker.reset()
        return stopped

    def _named(self) -> dict[str, int]:
        """Return what a line of the log says of the bot and the broadcast that it is about."""
        return {"bot_id": self._delivery.bot_id, "broadcast_id": self._delivery.broadcast_id}

    async def _note(self, name: str, statement: Statement[None], *topics: str) -> None:
        """Run a statement and its nudges; without the database the next answer tries again."""
        try:
            async with self._context.pool.connection() as connection:
                await aio.run(connection, statement, queue.notify(*topics))
        except outage.AWAY as error:
            log.warning("note_postponed", extra={"note": name, "error": outage.words(error)})
