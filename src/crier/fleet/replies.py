"""Makes the calls that answer updates, and records what became of each message.

Replies go out at most once: an update is recorded before its replies are sent, and a reply that
left without an answer is recorded as `unknown` and not repeated. A crash between the two loses what
was in hand (at most `session.CAPACITY` replies of a bot); a session that ends in order leaves what
it did not get to in `webhook_updates`, for the next one.
"""

import asyncio
import logging
from uuid import UUID

import msgspec
import psycopg
from psycopg_pool import PoolTimeout

from crier.domain.backoff import Backoff
from crier.domain.outcomes import Action, ChatStatus, chat_status_after
from crier.fleet import metrics
from crier.fleet.effects import ChatChange, Counts, Effects, MessageRow, latency
from crier.fleet.effects_recorder import EffectsRecorder
from crier.fleet.errors import FenceLost
from crier.fleet.handlers import Call
from crier.fleet.plan import Work, now_utc
from crier.storage.pool import Pool
from crier.storage.queries import load
from crier.telegram.answers import SendResult
from crier.telegram.client import BotApi, request_path
from crier.telegram.errors import TokenRefused
from crier.telegram.rate_limiters import RateLimiter

TRIES = 6
_SQL = load("fleet")
_RETRY = Backoff(base_s=0.5, cap_s=15.0)
_OUTCOMES = {Action.OK: "sent", Action.BLOCKED: "blocked"}
log = logging.getLogger(__name__)


class Replier:
    """Answers for one bot: `handle` is what its queues run."""

    def __init__(
        self,
        bot_id: int,
        instance_id: UUID,
        token: str,
        *,
        api: BotApi,
        limiter: RateLimiter,
        pool: Pool,
        recorder: EffectsRecorder,
    ) -> None:
        self._bot_id, self._instance_id, self._token = bot_id, instance_id, token
        self._api, self._limiter, self._pool, self._recorder = api, limiter, pool, recorder

    async def handle(self, work: Work) -> None:
        """Make the calls of one update in their order. Raises nothing but cancellation."""
        try:
            for call in work.calls:
                await self._perform(call, work)
        except FenceLost:
            return
        except TokenRefused:
            return  # the session finds out by itself, and says so
        except (psycopg.Error, PoolTimeout) as error:
            words = str(error).partition("\n")[0]  # the next limiter may quote the reply
            log.warning("reply_not_recorded", extra={"bot_id": self._bot_id, "error": words})

    async def _perform(self, call: Call, work: Work) -> None:
        """Make one call; a refusal is told to the owner, once, in the bot's messages or log."""
        result = await self._send(call, work)
        loop = asyncio.get_running_loop()
        if call.message_type is None or call.chat_id is None:
            if result.action is not Action.OK:
                log.info(
                    "call_refused",
                    extra={"bot_id": self._bot_id, "method": call.method, "error": result.error},
                )
            return
        taken_s = loop.time() - work.received
        await self._recorder.record(self._outgoing(call, call.chat_id, result, taken_s))

    async def _send(self, call: Call, work: Work) -> SendResult:
        """Send, after every wait that Telegram asks for; what never left is tried again."""
        path, body = request_path(self._token, call.method), msgspec.json.encode(call.params)
        may_pay = call.message_type is not None
        loop = asyncio.get_running_loop()
        result = SendResult(Action.BACKOFF)
        for attempt in range(1, TRIES + 1):
            if (
                call.chat_id is not None
                and await self._limiter.reply_turn(call.chat_id)
                and may_pay
            ):
                body = msgspec.json.encode({**call.params, "allow_paid_broadcast": True})
            begun, work.begun = work.begun, True
            started = loop.time()
            result = await self._api.send_body(path, body)
            if not result.not_sent:
                self._limiter.answered(loop.time() - started)
            if result.action is Action.WAIT:
                work.begun = begun  # certainly not sent
                await self._wait(call, result)
            elif result.not_sent:
                work.begun = begun
                await asyncio.sleep(_RETRY.after(attempt).delay_s)
            else:
                break
        return result

    async def _wait(self, call: Call, result: SendResult) -> None:
        """Hold everything that this bot sends, here and in other processes."""
        verdict = result.verdict
        seconds = (verdict.retry_after_s if verdict else None) or 1.0
        self._limiter.hold(seconds)
        self._recorder.count(self._bot_id, Counts(throttled=1))
        try:
            async with self._pool.connection() as connection:
                await connection.execute(
                    _SQL["flood"], {"bot_id": self._bot_id, "seconds": seconds}
                )
        except (psycopg.Error, PoolTimeout) as error:  # only other processes miss it
            log.warning("flood_not_shared", extra={"bot_id": self._bot_id, "error": str(error)})
        if call.chat_id is None:
            await asyncio.sleep(seconds)

    def _outgoing(self, call: Call, chat_id: int, result: SendResult, taken_s: float) -> Effects:
        status = "unknown" if result.doubtful else _OUTCOMES.get(result.action, "failed")
        sent = status == "sent"
        metrics.REPLIES.labels(status).inc()
        effects = Effects(self._bot_id, self._instance_id)
        effects.messages.append(
            MessageRow(
                self._bot_id,
                chat_id,
                call.message_type or "text",
                call.content,
                now_utc(),
                status,
                "out",
                result.message_id,
                result.error_code,
                result.error,
            )
        )
        effects.counts = Counts(messages_out=int(sent), errors=int(not sent))
        if sent:
            metrics.REPLY_SECONDS.observe(taken_s)
            effects.counts.latency = latency(taken_s)
        repeats = result.verdict is not None and result.verdict.after_repeats
        reach = chat_status_after(result.action, after_repeats=repeats)
        if reach is not None:
            kind = "private" if chat_id > 0 else "group"
            blocked = reach is ChatStatus.BLOCKED
            effects.chat(ChatChange(chat_id, kind, reach="blocked" if blocked else "gone"))
        return effects
