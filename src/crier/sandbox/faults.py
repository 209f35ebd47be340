"""Misbehaviour on request: what the sandbox does instead of, or besides, a right answer.

A fault is matched against every Bot API call; the first that matches acts. It ends after `count`
matches or `duration_s`, and acts on a share of the matching calls where `probability` is below 1.
"""

from __future__ import annotations

import random

import msgspec

KINDS = ("flood", "error", "html", "empty", "slow", "cut_before", "cut_after", "truncate")


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault.

    `kind`: `flood` (429 with `retry_after`), `error` (JSON with `status` and `description`), `html`
    (`status` with a proxy's HTML page), `empty` (`status` without a body), `slow` (answer rightly
    after `delay_s`), `cut_before` and `cut_after` (close the connection without a byte, before or
    after the effect), `truncate` (effect, then half of the answer). With `after_effect` the call
    is executed before a `flood`, `error`, `html` or `empty` answer hides its result.
    """

    kind: str
    id: int = 0
    bot: int = 0
    methods: list[str] = []
    chats: list[int] = []
    count: int = 0
    duration_s: float = 0.0
    probability: float = 1.0
    status: int = 502
    description: str = ""
    retry_after: int = 5
    migrate_to_chat_id: int = 0
    delay_s: float = 0.0
    after_effect: bool = False
    hits: int = 0
    until: float = 0.0

    def check(self) -> None:
        """Check the values of the fault.

        Raises:
            ValueError: the fault makes no sense.
        """
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if not 0 < self.probability <= 1:
            raise ValueError("probability must be above 0 and at most 1")
        if not 400 <= self.status <= 599:
            raise ValueError("status must be between 400 and 599")
        if self.delay_s < 0 or self.duration_s < 0 or self.count < 0 or self.retry_after < 1:
            raise ValueError("delay_s, duration_s and count must not be negative, retry_after >= 1")
        self.methods = [method.lower() for method in self.methods]

    def is_over(self, now: float) -> bool:
        return bool((self.count and self.hits >= self.count) or (self.until and now >= self.until))

    def matches(self, bot_id: int, method: str, chat_id: str) -> bool:
        """Return whether it acts on this call; counts a hit where it does."""
        if (self.bot and self.bot != bot_id) or (self.methods and method not in self.methods):
            return False
        if self.chats and chat_id not in map(str, self.chats):
            return False
        if self.probability < 1 and random.random() >= self.probability:  # noqa: S311
            return False
        self.hits += 1
        return True


def pick(faults: list[Fault], bot_id: int, method: str, chat_id: str, now: float) -> Fault | None:
    """Return the fault that acts on this call, if any; finished ones are removed."""
    if any(fault.is_over(now) for fault in faults):
        faults[:] = [fault for fault in faults if not fault.is_over(now)]
    for fault in faults:
        if fault.matches(bot_id, method, chat_id):
            return fault
    return None
