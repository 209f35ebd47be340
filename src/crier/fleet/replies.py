"""Makes the calls that answer updates, and records the outcome of each message.

What holds that a reply goes out at most once: an update is recorded before its replies are sent,
and a reply that left without an answer is recorded as `unknown` and not repeated. A crash between
the two loses the replies that were waiting (at most `session_run.CAPACITY` of a bot); a run that
ends in order leaves them in `webhook_updates`, for the next run (`inbox`).
"""

import asyncio
import logging

import msgspec
import psycopg

from crier.domain.backoff import Backoff
from crier.domain.outcomes import Action, ChatStatus, chat_status_after
from crier.fleet import metrics
from crier.fleet.effects import ChatChange, Counts, Effects, MessageRow, latency
from crier.fleet.effects_recorder import EffectsRecorder
from crier.fleet.errors import FenceLost
from crier.fleet.handlers import Call
from crier.fleet.person_requests import PersonRequests
from crier.fleet.plan import PendingReply, now_utc
from crier.fleet.session_store import SessionStore
from crier.observability import tracing
from crier.telegram.answers import SendResult
from crier.telegram.client import BotApi, request_path
from crier.telegram.errors import TokenRefused
from crier.telegram.rate_limiters import RateLimiter

TRIES = 6
_RETRY = Backoff(base_s=0.5, cap_s=15.0)
_OUTCOMES = {Action.OK: "sent", Action.BLOCKED: "blocked"}
log = logging.getLogger(__name__)


class Replier:
    """Replies for one bot: `handle` is what its chat queues run."""

    def __init__(
        self,
        store: SessionStore,
        token: str,
        *,
        api: BotApi,
        limiter: RateLimiter,
        recorder: EffectsRecorder,
        requests: PersonRequests,
    ) -> None:
        self._store, self._token, self._requests = store, token, requests
        self._api, self._limiter, self._recorder = api, limiter, recorder
        self._bot_id = store.fence.bot_id

    async def handle(self, reply: PendingReply) -> None:
        """Make the calls of one update in their order. Only cancellation ends it early."""
        span = tracing.begin("reply", "consumer", {"crier.bot_id": self._bot_id})
        try:
            await self._make(reply)
        finally:
            tracing.end(span)

    async def _make(self, reply: PendingReply) -> None:
        try:
            for call in reply.calls:
                await self._perform(call, reply)
        except FenceLost:
            return
        except TokenRefused:
            return  # the session finds out by itself, and says so
        except psycopg.Error as error:
            words = str(error).partition("\n")[0]  # the next line may quote the reply
            log.warning("reply_not_recorded", extra={"bot_id": self._bot_id, "error": words})

    async def _perform(self, call: Call, reply: PendingReply) -> None:
        """Make one call; record a message as its row, and a refusal of another call in our log."""
        if call.ask is not None and call.chat_id is not None:
            await self._requests.take(call.ask, call.chat_id)
        result = await self._send(call, reply)
        loop = asyncio.get_running_loop()
        if call.message_type is None or call.chat_id is None:
            if result.action is not Action.OK:
                log.info(
                    "call_refused",
                    extra={"bot_id": self._bot_id, "method": call.method, "error": result.error},
                )
            return
        taken_s = loop.time() - reply.received
        await self._recorder.record(self._outgoing(call, call.chat_id, result, taken_s))

    async def _send(self, call: Call, reply: PendingReply) -> SendResult:
        """Send, after every wait that Telegram asks for; a request that never left is repeated."""
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
            may_have_gone, reply.may_have_gone = reply.may_have_gone, True
            started = loop.time()
            result = await self._api.send_body(path, body)
            if not result.not_sent:
                self._limiter.answered(loop.time() - started)
            if result.action is Action.WAIT:
                reply.may_have_gone = may_have_gone  # certainly not sent
                await self._wait_for_flood(call, result)
            elif result.not_sent:
                reply.may_have_gone = may_have_gone
                await asyncio.sleep(_RETRY.after(attempt).delay_s)
            else:
                break
        return result

    async def _wait_for_flood(self, call: Call, result: SendResult) -> None:
        """Hold everything that this bot sends, here and in other processes."""
        verdict = result.verdict
        seconds = (verdict.retry_after_s if verdict else None) or 1.0
        self._limiter.hold(seconds)
        self._recorder.count(self._bot_id, Counts(throttled=1))
        try:
            await self._store.save_flood_wait(seconds)
        except psycopg.Error as error:  # only other processes miss it
            log.warning(
                "flood_wait_not_shared", extra={"bot_id": self._bot_id, "error": str(error)}
            )
        if call.chat_id is None:
            await asyncio.sleep(seconds)

    def _outgoing(self, call: Call, chat_id: int, result: SendResult, taken_s: float) -> Effects:
        status = "unknown" if result.doubtful else _OUTCOMES.get(result.action, "failed")
        sent = status == "sent"
        metrics.REPLIES_THAT_ARE[status].inc()
        effects = Effects(self._bot_id, self._store.fence.instance_id)
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
        self._recorder.answered(self._bot_id, taken_s, failed=not sent)
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
