"""The way of each bot to Telegram in this process: one pace for its session and its deliveries.

A limiter lives as long as somebody holds it. Everything happens on one event loop, so a limiter
needs no lock; between processes `bots.flood_until` carries what Telegram says about waiting.
"""

import asyncio
import time
import weakref

from crier.domain.backoff import Backoff
from crier.domain.pacing import Pacer
from crier.observability.samples import Durations, Samples

_TROUBLE = Backoff(base_s=0.5, cap_s=60.0)


class RateLimiter:
    """One bot's pace. Times are of `time.monotonic`."""

    def __init__(self, rate: float, bot_id: int, samples: Samples) -> None:
        self.rate = rate
        self._name, self._samples = str(bot_id), samples
        self._durations: Durations | None = None  # most bots send nothing most of the time
        self.pacer = Pacer(rate, now=time.monotonic())
        self.throttled = 0
        """Answers 429 so far."""
        self._failures = 0
        self._trouble_until = 0.0

    async def turn(self, chat_id: int | None = None) -> None:
        """Wait for the next slot of a broadcast. Ask `silent_for` after it: a wait that Telegram
        has asked for meanwhile may last hours, and a broadcast must be free to stop in them."""
        delay = self.pacer.reserve(time.monotonic(), chat_id)
        if delay > 0:
            await asyncio.sleep(delay)

    def pass_freely(self, now: float, chat_id: int) -> bool:
        """Take a slot at this moment where nothing limits the bot, which answers and is not slow;
        else take none, say False."""
        return not self._failures and self.pacer.pass_freely(now, chat_id)

    async def reply_turn(self, chat_id: int) -> bool:
        """Wait for the slot of a reply, which goes before any broadcast; whether it must allow
        paying: a broadcast that is paid for leaves nothing of the free rate."""
        paid = self.pacer.paying
        delay = self.pacer.reserve(time.monotonic(), chat_id, reply=True)
        while delay > 0:
            await asyncio.sleep(delay)
            delay = self.pacer.held(time.monotonic())
        return paid

    def hold(self, retry_after_s: float) -> None:
        """Telegram answered 429: nobody sends with this bot for so long."""
        self.throttled += 1
        now = time.monotonic()
        held_s = self.pacer.held(now)
        self.pacer.too_many(now, retry_after_s)
        self._samples.throttled("sends", self._name, max(self.pacer.held(now) - held_s, 0.0))

    def hold_until(self, at: float) -> None:
        """Another process was told to wait until then (`time.time`)."""
        self.pacer.wait_until(time.monotonic() + at - time.time())

    def trouble(self) -> float:
        """A request got no answer: broadcasts pause, longer each time; return for how long.

        Requests that were in flight together and failed together count as one.
        """
        self._samples.failed("sends", self._name)
        now = time.monotonic()
        if now >= self._trouble_until:
            self._failures += 1
            self._trouble_until = now + _TROUBLE.after(self._failures).delay_s
        return self._trouble_until - now

    def answered(self, latency_s: float) -> None:
        """A request got an answer, whatever it said."""
        self._failures = 0
        self._trouble_until = 0.0
        self.pacer.answered(latency_s)
        if self._durations is None:
            self._durations = self._samples.durations("sends", self._name)
        self._durations.add(latency_s)

    def max_in_flight(self) -> int:
        """Return how many requests of broadcasts may be unanswered: one where the last ones got
        lost, so that an outage costs one doubtful recipient a try and not a window full of
        them."""
        return 1 if self._failures else self.pacer.max_in_flight(time.monotonic())

    def silent_for(self) -> float:
        """Return seconds for which a broadcast of this bot has to be silent; 0 when it may send."""
        now = time.monotonic()
        return max(self.pacer.held(now), self._trouble_until - now, 0.0)


class RateLimiters:
    """The limiters of this process. `default_rate` is `CRIER_SEND_RATE`; 0 is no ceiling."""

    def __init__(self, default_rate: float, samples: Samples) -> None:
        self._default_rate, self.samples = default_rate, samples
        self._limiters: weakref.WeakValueDictionary[int, RateLimiter] = (
            weakref.WeakValueDictionary()
        )

    def of(self, bot_id: int, rate: float | None = None) -> RateLimiter:
        """Return the limiter of a bot; `rate` is the bot's own ceiling where its settings name
        one."""
        limiter = self._limiters.get(bot_id)
        if limiter is None:
            limiter = self._limiters[bot_id] = RateLimiter(
                self._default_rate if rate is None else rate, bot_id, self.samples
            )
        return limiter

    def limit(self, bot_id: int, rate: float | None) -> None:
        """Apply a ceiling that has been changed in the bot's settings."""
        wanted = self._default_rate if rate is None else rate
        limiter = self._limiters.get(bot_id)
        if limiter is not None and limiter.rate != wanted:
            limiter.rate = wanted
            limiter.pacer.limit(wanted, time.monotonic())
