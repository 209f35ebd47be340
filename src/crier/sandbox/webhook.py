"""Webhooks: setWebhook and its kin, and the sender that delivers updates.

Order: one update in flight for each chat (or user, for callbacks); different ones go at the same
time, up to `max_connections`. A failing update blocks only its own order. Retries come at once,
then after 2, 4, 8, 16 and 32 s, then 60 to 64 and 60 to 120 s, until the update expires; a
Retry-After header replaces the wait. After 10 s without a success only one request is tried at
a time.

As a Bot API server started with `--local` does, http and any address and port are accepted.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import deque
from collections.abc import Awaitable
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.http import Url
from pyreqwest.response import Response

from crier.sandbox.arguments import TooLargeError, read, to_integer
from crier.sandbox.bot import Bot, Webhook
from crier.sandbox.calls import TRUE, Answer, Call
from crier.sandbox.errors import ApiError, bad, too_many
from crier.sandbox.polling import allow_updates
from crier.sandbox.updates import DEFAULT_KINDS, Update
from crier.sandbox.wire import Json, encode
from crier.sandbox.world import World

ANSWER_LIMIT_S = 60
BAD_AFTER_S = 10.0
MAX_RETRY_AFTER_S = 3600
MAX_CERTIFICATE_BYTES = 3 * 1024 * 1024
_SECRET = re.compile(r"[A-Za-z0-9_-]*")


# --- methods ---------------------------------------------------------------------------------


def set_webhook(call: Call) -> Answer | Awaitable[Answer]:
    url = call.arguments.get("url", "")
    if not url:
        return delete_webhook(call)
    bot, now = call.bot, call.world.monotonic()
    if now < bot.next_webhook_at:
        raise too_many(1)
    bot.next_webhook_at = now + 1
    wanted = _wanted(call, url)
    drop = call.arguments.flag("drop_pending_updates")
    if bot.webhook is not None and not drop and _is_same(bot.webhook, wanted):
        allow_updates(bot, call.arguments.get("allowed_updates", ""))
        return Answer(TRUE, "Webhook is already set")
    if bot.poll is not None:
        bot.poll.refuse(ApiError(409, "Conflict: terminated by setWebhook request"))
    _remove(call, drop=drop)  # a refusal from here on leaves the bot without a webhook
    _check(wanted)
    return _set(call, wanted)


def _is_same(old: Webhook, new: Webhook) -> bool:
    if old.has_certificate or new.has_certificate:
        return False
    names = ("url", "secret", "max_connections", "ip_address")
    return all(getattr(old, name) == getattr(new, name) for name in names)


def _remove(call: Call, *, drop: bool) -> None:
    bot = call.bot
    bot.webhook_generation += 1
    if drop:
        bot.queue.clear()
    _stop(bot)
    bot.webhook = None
    call.world.touch(urgent=True)


def _wanted(call: Call, url: str) -> Webhook:
    if "://" not in url:
        url = f"https://{url}"
    arguments = call.arguments
    webhook = Webhook(url, arguments.get("secret_token", ""))
    webhook.max_connections = arguments.integer("max_connections", 0, 0, 100_000) or 40
    webhook.ip_address = arguments.get("ip_address", "")
    webhook.has_certificate = "certificate" in arguments.files
    if webhook.has_certificate:
        webhook.certificate_bytes = len(arguments.files["certificate"].content)
    return webhook


def _check(wanted: Webhook) -> None:
    """Check an address for a webhook.

    Raises:
        ApiError: Telegram would not call it.
    """
    try:
        parts = urlsplit(wanted.url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise bad("invalid webhook URL specified")
    if len(wanted.secret) > 256:
        raise bad("secret token is too long")
    if not _SECRET.fullmatch(wanted.secret):
        raise bad("secret token contains unallowed characters")
    if wanted.certificate_bytes > MAX_CERTIFICATE_BYTES:
        raise bad(f"certificate size is too big ({wanted.certificate_bytes} bytes)")


async def _set(call: Call, wanted: Webhook) -> Answer:
    bot = call.bot
    generation = bot.webhook_generation
    host = (Url(wanted.url).host_str or "").strip("[]")  # as the sender reads it, IDN included
    try:
        await asyncio.get_running_loop().getaddrinfo(wanted.ip_address or host, None)
    except OSError as error:
        raise bad(f"bad webhook: Failed to resolve host: {error.strerror}") from None
    if bot.webhook_generation != generation:
        raise ApiError(409, "Conflict: terminated by other setWebhook")
    allow_updates(bot, call.arguments.get("allowed_updates", ""))
    bot.webhook = wanted
    start_sender(call.world, bot)
    call.world.touch(urgent=True)
    return Answer(TRUE, "Webhook was set")


def delete_webhook(call: Call) -> Answer:
    was_set = call.bot.webhook is not None
    _remove(call, drop=call.arguments.flag("drop_pending_updates"))
    return Answer(TRUE, "Webhook was deleted" if was_set else "Webhook is already deleted")


def get_webhook_info(call: Call) -> bytes:
    bot, webhook = call.bot, call.bot.webhook
    info: Json = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": bool(webhook and webhook.has_certificate),
        "pending_update_count": len(bot.queue),
    }
    if webhook is not None:
        if webhook.last_error:
            info["last_error_date"] = webhook.last_error_at
            info["last_error_message"] = webhook.last_error
        info["max_connections"] = webhook.max_connections
        info["ip_address"] = webhook.ip_address or "<unknown>"
    if bot.queue.allowed != DEFAULT_KINDS:
        info["allowed_updates"] = sorted(bot.queue.allowed)
    return encode(info)


def start_sender(world: World, bot: Bot) -> None:
    """Deliver what is pending and what will come."""
    bot.sender = sender = WebhookSender(world, bot)
    for update in bot.queue.pending():
        sender.take(update)


def _stop(bot: Bot) -> None:
    if bot.sender is not None:
        bot.sender.stop()
        bot.sender = None


# --- delivery --------------------------------------------------------------------------------


class WebhookSender:
    """Delivers one bot's updates to its webhook until it is stopped."""

    def __init__(self, world: World, bot: Bot) -> None:
        assert bot.webhook is not None
        self._world = world
        self._bot = bot
        self._webhook = bot.webhook
        self._loop = asyncio.get_running_loop()
        self._orders: dict[int, deque[Update]] = {}
        self._tries: dict[int, int] = {}
        self._ready: deque[int] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._last_success = self._loop.time()
        self._stopped = False
        builder = ClientBuilder().timeout(timedelta(seconds=ANSWER_LIMIT_S)).no_proxy()
        builder = builder.follow_redirects(False).danger_accept_invalid_certs(True)
        self._client = builder.build()

    def take(self, update: Update) -> None:
        """Deliver `update` after the others of its order."""
        waiting = self._orders.setdefault(update.order_key, deque())
        waiting.append(update)
        if len(waiting) == 1:
            self._ready.append(update.order_key)
            self._pump()

    def stop(self) -> None:
        """Deliver nothing more; an update in flight may still arrive."""
        self._stopped = True
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()

    def _pump(self) -> None:
        while self._ready and not self._stopped and len(self._tasks) < self._capacity():
            task = self._loop.create_task(self._deliver_next(self._ready.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._delivered)

    def _capacity(self) -> int:
        is_bad = bool(self._tries) and self._loop.time() - self._last_success > BAD_AFTER_S
        return 1 if is_bad else self._webhook.max_connections

    def _delivered(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.result()  # an error in here is a bug of the sandbox: let the loop report it
        self._pump()

    async def _deliver_next(self, key: int) -> None:
        waiting = self._orders[key]
        update = waiting[0]
        if update.expires_at <= self._world.unix():
            self._finished(key, update)
            return
        wait = await self._deliver(update)
        if self._stopped:
            return
        if wait is None:
            self._last_success = self._loop.time()
            self._finished(key, update)
            return
        tries = self._tries.setdefault(key, 0)
        if wait < 0:  # a wait that the receiver asked for does not lengthen the next one
            tries = self._tries[key] = tries + 1
        delay = _backoff(tries) if wait < 0 else wait
        self._timers[key] = self._loop.call_later(delay, self._retry, key)

    def _finished(self, key: int, update: Update) -> None:
        self._bot.queue.remove(update)
        self._world.touch()
        self._tries.pop(key, None)
        waiting = self._orders[key]
        waiting.popleft()
        if waiting:
            self._ready.append(key)
        else:
            del self._orders[key]

    def _retry(self, key: int) -> None:
        self._timers.pop(key, None)
        self._ready.append(key)
        self._pump()

    async def _deliver(self, update: Update) -> float | None:
        """None for delivered, else the wait the receiver asked for, -1 where it asked for none."""
        request = self._client.post(self._webhook.url).body_bytes(update.body)
        request = request.header("Content-Type", "application/json")
        if self._webhook.secret:
            request = request.header("X-Telegram-Bot-Api-Secret-Token", self._webhook.secret)
        try:
            response = await request.build().send()
            body = bytes(await response.bytes())
        except (PyreqwestError, TimeoutError) as error:
            self._note_error(_why(error))
            return -1.0
        if 200 <= response.status < 300:
            await self._obey(response, body)
            return None
        reason = HTTPStatus(response.status).phrase if response.status in _STATUSES else ""
        self._note_error(f"Wrong response from the webhook: {response.status} {reason}".strip())
        asked = response.get_header("retry-after") or ""
        return float(min(to_integer(asked), MAX_RETRY_AFTER_S)) if asked.isdecimal() else -1.0

    async def _obey(self, response: Response, body: bytes) -> None:
        kind = (response.get_header("content-type") or "").encode()
        try:
            arguments = read(b"", kind, body)
        except TooLargeError:
            return
        if "method" in arguments and self._world.execute is not None:
            await self._world.execute(self._bot, arguments)

    def _note_error(self, text: str) -> None:
        self._webhook.last_error = text
        self._webhook.last_error_at = int(time.time())


_STATUSES = frozenset(int(status) for status in HTTPStatus)


def _backoff(tries: int) -> float:
    if tries <= 1:
        return 0.0
    if tries <= 6:
        return 2.0 ** (tries - 1)
    return random.uniform(60, 64 if tries == 7 else 120)  # noqa: S311


def _why(error: Exception) -> str:
    text = json.dumps(str(getattr(error, "details", error))).lower()
    if "timed out" in text or "timeout" in text:
        return "Read timeout expired"
    if "refused" in text:
        return "Connection refused"
    return "Connection closed"
