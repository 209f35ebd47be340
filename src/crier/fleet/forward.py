"""Posts updates to the owner's own program, and makes the call that its answer may carry.

In order for each chat, with retries, signed with HMAC-SHA256 over the body in `X-Crier-Signature:
sha256=<hex>`. The queue is bounded: while the program is down, updates beyond `CAPACITY` are
dropped, each counted and all together told in the bot's log; the session never waits for it.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from crier.domain.backoff import Backoff
from crier.fleet import metrics
from crier.fleet.chat_queues import ChatQueues
from crier.fleet.effects import Effects
from crier.fleet.effects_recorder import EffectsRecorder
from crier.fleet.handlers import Call
from crier.fleet.plan import PendingReply
from crier.fleet.session_store import Fence
from crier.net.guarded import AskError, GuardedAnswer, GuardedClient
from crier.telegram.updates import clean_text

CAPACITY = 1_000
AT_ONCE = 16
RETRY = Backoff(base_s=0.5, cap_s=30.0, max_tries=8)
WARN_EVERY_S = 60.0

_METHOD = re.compile(r"[A-Za-z]{1,64}", re.ASCII)
_FORBIDDEN = frozenset({"setwebhook", "deletewebhook", "close", "logout"})


@dataclass(slots=True)
class ForwardedUpdate:
    """An update on its way to the owner's program."""

    update_id: int
    chat_id: int
    raw: bytes
    received: float


class Forwarder:
    """Forwards the updates of one bot. `reply` makes the call that an answer carries."""

    def __init__(
        self,
        url: str,
        key: str,
        fence: Fence,
        *,
        client: GuardedClient,
        reply: Callable[[PendingReply], Awaitable[None]],
        recorder: EffectsRecorder,
    ) -> None:
        self._url, self._key, self._fence = url, key.encode(), fence
        self._client, self._reply, self._recorder = client, reply, recorder
        self._queues = ChatQueues(self._deliver, CAPACITY)
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._dropped = 0
        self._warned_at = -WARN_EVERY_S

    def put(self, forwarded: ForwardedUpdate) -> None:
        """Take an update, or drop it where too many wait."""
        if self._queues.room:
            self._queues.put(forwarded.chat_id, forwarded)
        else:
            self._drop("too many updates wait for it")

    async def close(self, timeout_s: float) -> list[ForwardedUpdate]:
        """Deliver for at most `timeout_s` more; return the updates that were not delivered."""
        return await self._queues.close(timeout_s)

    async def _deliver(self, forwarded: ForwardedUpdate) -> None:
        digest = hmac.new(self._key, forwarded.raw, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Crier-Bot": str(self._fence.bot_id),
            "X-Crier-Signature": f"sha256={digest}",
        }
        failures, decision = 0, RETRY.after(1)
        while True:
            try:
                async with self._at_once:
                    answer = await self._client.post(self._url, forwarded.raw, headers)
                if 200 <= answer.status < 300:
                    metrics.FORWARDS_THAT_ARE["delivered"].inc()
                    await self._reply_with(answer, forwarded)
                    return
                reason = f"it answered {answer.status}"
            except AskError as error:
                reason = str(error)
            failures += 1
            decision = RETRY.after(failures)
            if not decision.retry:
                self._drop(reason)
                return
            await asyncio.sleep(decision.delay_s)

    async def _reply_with(self, answer: GuardedAnswer, forwarded: ForwardedUpdate) -> None:
        call = call_in(answer.body)
        if call is not None:
            update_id, chat_id = forwarded.update_id, forwarded.chat_id
            await self._reply(
                PendingReply(update_id, chat_id, [call], forwarded.raw, forwarded.received)
            )

    def _drop(self, reason: str) -> None:
        metrics.FORWARDS_THAT_ARE["dropped"].inc()
        self._dropped += 1
        now = asyncio.get_running_loop().time()
        if now - self._warned_at >= WARN_EVERY_S:
            text = f"forward_url does not take updates ({reason}): {self._dropped} not delivered"
            ids = self._fence.bot_id, self._fence.instance_id
            self._recorder.record_soon(Effects(*ids, notes=[("warning", text)]))
            self._warned_at, self._dropped = now, 0


def call_in(body: bytes) -> Call | None:
    """Return the Bot API call that an answer carries, as answers to Telegram's webhooks may."""
    if not body:
        return None
    try:
        params: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    method = params.pop("method", None) if isinstance(params, dict) else None
    if not isinstance(method, str) or not _METHOD.fullmatch(method):
        return None
    name = method.lower()
    if name in _FORBIDDEN or name.startswith("get"):
        return None
    chat_id = params.get("chat_id")
    if not name.startswith("send") or name == "sendchataction" or not _is_chat(chat_id):
        return Call(method, params)
    words = params.get("text", params.get("caption"))
    kind = "text" if name == "sendmessage" else name.removeprefix("send")[:32]
    return Call(
        method, params, chat_id, kind, clean_text(words) if isinstance(words, str) else None
    )


def _is_chat(chat_id: object) -> bool:
    return isinstance(chat_id, int) and abs(chat_id) < 2**63
