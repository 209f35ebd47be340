"""Telegram's sending limits, as strict arithmetic.

Every rate is a bucket that holds `burst` messages and is refilled at its rate without a pause
(GCRA: one number, the time at which the bucket will be full again). A message is accepted when
every bucket that concerns it has room; a refused one takes nothing out of any of them.

- bot: 30/s, burst 10. So never more than 30 t + 10 messages in any t seconds.
- chat: 1/s, burst 3.
- group or channel: at most 20 accepted messages in any 60 s, besides the chat's own bucket.
- paid: with `allow_paid_broadcast` and Stars on the balance, what the bot's bucket refuses comes
  out of a second bucket of 1000/s, burst 100, at 0.1 Star a message.

A refusal is a 429 with `retry_after` = the wait until the slowest bucket has room, in whole
seconds, rounded up, at least 1. With `absorb_s` above 0 a wait up to that long is slept off inside
the call instead, its place being taken at once, as Telegram does it for up to 8 s. With `ban_s`
above 0 a refusal by the bot's bucket bans the bot from sending for that long; the ban counts down
by the clock, and asking during it neither lengthens nor shortens it.
"""

from __future__ import annotations

import math
from collections import deque

import msgspec

GROUP_WINDOW_S = 60.0


class Limits(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is enforced; a rate of 0 switches that limit off."""

    bot_rate: float = 30.0
    bot_burst: float = 10.0
    chat_rate: float = 1.0
    chat_burst: float = 3.0
    group_per_minute: int = 20
    paid_rate: float = 1000.0
    paid_burst: float = 100.0
    absorb_s: float = 0.0
    ban_s: float = 0.0
    upload_spacing: bool = True
    new_bots_per_minute: int = 0

    def check(self) -> None:
        """Check the values.

        Raises:
            ValueError: one makes no sense.
        """
        for name in self.__struct_fields__:
            value = float(getattr(self, name))
            if not 0 <= value < 1e9:
                raise ValueError(f"{name} must be between 0 and 1e9, not {value}")
        for name in ("bot_burst", "chat_burst", "paid_burst"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")


def wait_for(full_at: float, rate: float, burst: float, now: float, count: int = 1) -> float:
    """Return seconds until a bucket that will be full at `full_at` has room for `count` more."""
    if rate <= 0:
        return 0.0
    room_for = max(0.0, burst - count) / rate
    wait = full_at - now - room_for
    return wait if wait > 1e-9 else 0.0


def after_taking(full_at: float, rate: float, now: float, count: int = 1) -> float:
    """Return the bucket's new fill time once `count` messages are taken out at `now`."""
    return full_at if rate <= 0 else max(full_at, now) + count / rate


def retry_after(wait: float) -> int:
    """Return a wait as Telegram states it: whole seconds, rounded up, at least 1."""
    return max(1, math.ceil(wait - 1e-6))


class BotLimiter:
    """The buckets of one bot. Times are seconds of one monotonic clock, given by the caller."""

    def __init__(self) -> None:
        self.full_at = 0.0
        self.paid_full_at = 0.0
        self.banned_until = 0.0
        self._groups: dict[int, deque[float]] = {}
        self._uploads: dict[int, float] = {}

    def group_wait(self, chat_id: int, per_minute: int, now: float, count: int) -> float:
        """Return seconds until the group's last minute has room for `count` more."""
        times = self._groups.get(chat_id)
        if per_minute <= 0 or times is None:
            return 0.0
        while times and times[0] <= now - GROUP_WINDOW_S:
            times.popleft()
        too_many = len(times) + count - per_minute
        if too_many <= 0 or not times:
            return 0.0
        return times[min(too_many, len(times)) - 1] + GROUP_WINDOW_S - now

    def group_take(self, chat_id: int, at: float, count: int) -> None:
        self._groups.setdefault(chat_id, deque()).extend([at] * count)

    def upload_wait(self, size: int, now: float) -> float:
        """Space uploads of one exact size as the server does; -1 where the backlog is over 5 s."""
        if size <= 100_000:
            return 0.0
        last = self._uploads.get(size, 0.0)
        if last > now + 5.0:
            return -1.0
        self._uploads[size] = at = max(last + min(max(size * 1e-7, 0.2), 0.9), now - 1.0)
        return max(0.0, at - now)

    def clear(self) -> None:
        """Full buckets, no ban."""
        self.__init__()  # type: ignore[misc]
