"""How fast one bot may send: arithmetic over the caller's clock, no sleeping, no locks.

One `Pacer` for each bot and process; everything that sends with the bot's token asks it. It

* spaces messages evenly, a little under the ceiling, with small bursts only, and never lets more
  than the ceiling into any window of a second: right for a token bucket and for a sliding window
  on Telegram's side;
* obeys `retry_after` for everything that the bot sends;
* learns: a 429 multiplies the rate down, once a wait; then it climbs back, fast to just below
  where it failed, slowly from there;
* lets replies to people go first: a reply takes its slot now and the broadcast pays it back, and
  leaves room for those that another process sends;
* keeps one chat to a message a second and a group to 20 a minute, in bounded memory.

Times are seconds of one monotonic clock. Facts: Telegram's Bots FAQ (30 a second for each bot, one
a second into a chat, 20 a minute into a group); TDLib (throttling is latency before it is a 429).
"""

import math
from bisect import insort

from crier.domain.chat_pacing import ChatPacer

HEADROOM = 0.99
"""Share of the ceiling that is used, so that a network which delays one message 10 ms more than
another does not show Telegram a message too many in a second."""

BURST_S, BURST, BURST_SHARE = 0.3, 9.0, 0.09
"""How much may go at once: messages of so many seconds, but no more than 9 or 9 % of the rate,
since a bucket on Telegram's side is small (the sandbox's holds 10)."""

CATCH_UP = 1 / 3
"""Share of the burst with which a broadcast makes up for time in which it was kept busy; the rest
is for replies."""

IDLE_S = 1.0
"""After so long without a message sending starts evenly, without anything to make up for."""

CUT = 0.8
"""What a 429 multiplies the rate by."""

NEAR = 0.95
CLIMB_FAST, CLIMB_SLOW = 0.05, 0.004
"""What the rate gains in a second, as shares of the ceiling: below, and from, `NEAR` of the rate
at which Telegram last said stop."""

MIN_RATE = 0.2
AFTER_WAIT_S = 0.05
"""On top of each retry_after, because timers may fire a little early."""

REPLY_MEMORY_S = 10.0
"""For so long after a reply the broadcast leaves room for more of them."""

ELSEWHERE = 1.5
"""Room for replies of another process, of which only the mean of some seconds is known."""

SLOW_ANSWER_S = 2.0
"""Telegram throttles by answering slowly, up to 8 s, before it says 429."""

IN_FLIGHT_S, IN_FLIGHT_MOST_S = 0.2, 1.0
FIRST_LATENCY_S = 0.25
"""Requests in flight are worth twice the usual latency of sending, within these bounds: what is not
answered yet may reach Telegram's bucket all at once."""

UNLIMITED_IN_FLIGHT = 64
PAID_RATE, FREE_RATE = 1000.0, 30.0
_OBSERVED = 256


class Pacer:
    """The pace of one bot. `rate` is the ceiling in messages a second, 0 for none."""

    def __init__(self, rate: float = FREE_RATE, *, now: float = 0.0) -> None:
        self.blocked_until = now
        """Until when Telegram wants this bot to be silent; in the past when it does not."""
        self.paid_left = 0
        """Messages that may still be sent with `allow_paid_broadcast`."""
        self._chats = ChatPacer()
        self._next = self._bucket = -math.inf
        self._slots: list[float] = []
        self._replies: list[float] = []
        self._elsewhere = 0
        self._latency_s = FIRST_LATENCY_S
        self._failed_at = math.inf
        self.limit(rate, now)

    def limit(self, rate: float, now: float) -> None:
        """Set another ceiling (0 for none), and start from it; while messages are paid for, it is
        the one to come back to."""
        self._unpaid_rate = rate
        if self.paid_left == 0:
            self._climb_to(rate, now)

    def _climb_to(self, rate: float, now: float) -> None:
        self._ceiling = rate if rate > 0 else math.inf
        self._rate, self._rate_at = self._ceiling, now
        finite = self._ceiling < math.inf
        self._most = max(1, math.floor(self._ceiling)) if finite else 0
        self._window_s = self._most / (self._ceiling * HEADROOM) if finite else 0.0

    # -- slots

    def reserve(self, now: float, chat_id: int | None = None, *, reply: bool = False) -> float:
        """Take the next slot and return the seconds until it.

        With `chat_id` that chat's own limits are kept too; a broadcast first asks `chat_delay`
        and puts a chat that has to wait behind others. After sleeping, ask `held`: a retry_after
        may have come meanwhile.
        """
        if self._slots and self._slots[-1] < now:
            self._slots[-1] = now  # its caller may have come late; the window must know
        slot = self._take(now, 1.0 / (self.rate(now) * HEADROOM), reply=reply)
        self._record(slot, now)
        if chat_id is not None:
            slot = max(slot, now + self._chats.delay(now, chat_id))
            self._chats.take(slot, chat_id)
        return slot - now

    def pass_freely(self, now: float, chat_id: int) -> bool:
        """Take a slot at this moment where no rate is known to be too high, Telegram does not slow
        down, and the chat is free.

        False takes nothing: `reserve` then says how long to wait. This is the way of a bot without
        a ceiling that was never told to slow down; it costs a fraction of `reserve`.
        """
        if self._rate < math.inf or self.paid_left or self._latency_s > SLOW_ANSWER_S:
            return False
        if now < self.blocked_until or self._chats.delay(now, chat_id) > 0:
            return False
        self._chats.take(now, chat_id)
        self._slots.append(now)
        if len(self._slots) > 2 * _OBSERVED:
            del self._slots[:-_OBSERVED]
        return True

    def held(self, now: float) -> float:
        """Return seconds for which Telegram wants this bot to be silent; 0 when it may send."""
        return max(0.0, self.blocked_until - now)

    def chat_delay(self, now: float, chat_id: int) -> float:
        """Return seconds until this chat may get another message; takes nothing."""
        return self._chats.delay(now, chat_id)

    @property
    def unlimited(self) -> bool:
        """Whether no rate is known to be too high: no ceiling, and never a 429."""
        return self._rate == math.inf

    def max_in_flight(self, now: float) -> int:
        """Return how many requests of this bot may be unanswered: a second of sending at the most.

        Half of that while answers are slow, since more would only wait longer inside Telegram.
        """
        rate, latency_s = self.rate(now), self._latency_s
        slow = latency_s > SLOW_ANSWER_S
        if rate == math.inf:
            return UNLIMITED_IN_FLIGHT // 2 if slow else UNLIMITED_IN_FLIGHT
        most_s = IN_FLIGHT_MOST_S / 2 if slow else IN_FLIGHT_MOST_S
        return max(2, math.ceil(rate * min(most_s, max(IN_FLIGHT_S, 2 * latency_s))))

    def rate(self, now: float) -> float:
        """Messages a second that this bot sends by now, as far as it has learnt; may be inf."""
        elapsed = max(0.0, now - self._rate_at)
        if self._rate < self._ceiling and elapsed > 0:
            self._rate_at = now
            near = NEAR * self._failed_at
            per_s = min(self._ceiling, self._failed_at)
            if self._rate < near:
                self._rate = min(near, self._rate + CLIMB_FAST * per_s * elapsed)
            else:
                self._rate += CLIMB_SLOW * per_s * elapsed
            self._rate = min(self._rate, self._ceiling)
        return self._rate

    # -- what Telegram says

    def too_many(self, now: float, retry_after_s: float) -> None:
        """A 429 came: be silent for so long, and slower afterwards.

        The many 429s that answer what was in flight are one reason to slow down, not many.
        """
        if now >= self.blocked_until:
            self._failed_at = min(self.rate(now), self._observed_rate())
            self._rate = min(self._ceiling, max(MIN_RATE, self._failed_at * CUT))
        self.wait_until(now + retry_after_s + AFTER_WAIT_S)

    def wait_until(self, at: float) -> None:
        """Be silent until then (somebody else with this token was told so)."""
        self.blocked_until = max(self.blocked_until, at)
        self._rate_at = max(self._rate_at, self.blocked_until)

    def leave_room(self, replies_s: float) -> None:
        """Another process answers people with this token, so many times a second lately."""
        self._elsewhere = 1 + math.ceil(ELSEWHERE * replies_s) if replies_s > 0 else 0

    def answered(self, latency_s: float) -> None:
        """A request was answered after so long."""
        self._latency_s += (latency_s - self._latency_s) * 0.1

    # -- paid broadcasts

    @property
    def paying(self) -> bool:
        """Whether the next message is to be sent with `allow_paid_broadcast`."""
        return self.paid_left > 0

    def allow_paid(self, messages: int, now: float, rate: float = PAID_RATE) -> None:
        """Go up to `rate` until so many more messages have a slot; 0 ends it.

        All of them count, also those within the free 30 a second and replies: which ones Telegram
        bills is for Telegram to say, but no more than these can be.
        """
        self.paid_left = messages
        self._climb_to(rate if messages > 0 else self._unpaid_rate, now)

    # -- inside

    def _take(self, now: float, interval: float, *, reply: bool) -> float:
        """Return the time of the next slot; `_next` is when broadcasts go on, `_bucket` bounds
        bursts."""
        burst_s = min(BURST_S, max(BURST * interval, BURST_SHARE))
        catch_up_s = burst_s * CATCH_UP
        earliest = max(now, self.blocked_until)
        if earliest - self._next > IDLE_S:
            self._next = earliest + catch_up_s
        self._next = max(self._next, earliest)
        slot = max(earliest, self._bucket - burst_s)
        if reply:
            slot = max(slot, self._window_opens(self._most))
            self._replies.append(slot)
            self._next += interval
        else:
            room = self._most - self._kept_for_replies(now)
            slot = max(slot, self._next - catch_up_s, self._window_opens(room))
            self._next = max(self._next, slot) + interval
        self._bucket = max(self._bucket, slot) + interval
        return slot

    def _window_opens(self, room: int) -> float:
        """When a message fits into the window so that no window holds more than `room`."""
        return self._slots[-room] + self._window_s if 0 < room <= len(self._slots) else -math.inf

    def _kept_for_replies(self, now: float) -> int:
        """Slots of a window that a broadcast leaves free; none while nobody writes to the bot."""
        while self._replies and self._replies[0] < now - REPLY_MEMORY_S:
            self._replies.pop(0)
        kept = self._elsewhere
        if self._replies:
            kept += 1 + sum(at > now - self._window_s for at in self._replies)
        return min(self._most // 3, kept)

    def _record(self, slot: float, now: float) -> None:
        insort(self._slots, slot)
        keep = max(self._most, _OBSERVED)
        if len(self._slots) > 2 * keep:
            del self._slots[:-keep]
        if self.paid_left > 0:
            self.paid_left -= 1
            if self.paid_left == 0:
                self._climb_to(self._unpaid_rate, now)

    def _observed_rate(self) -> float:
        """Return what the bot really sent a second lately; inf where too little was sent to
        tell."""
        if self._ceiling < math.inf or len(self._slots) < 2:
            return math.inf
        recent = self._slots[-_OBSERVED:]
        return (len(recent) - 1) / max(recent[-1] - recent[0], 0.001)
