"""A bot's pending updates: ids in a row from a random start, confirmed by offset, expiring.

Rules of tdlib's TQueue: a filtered update takes no id, a full queue drops what is new, and an
offset far from the queue counts as "from the oldest" and confirms nothing.
"""

from __future__ import annotations

import random
from collections import deque
from typing import NamedTuple

MAX_UPDATES = 100_000
MAX_BYTES = 128 * 1024 * 1024
RETENTION_S = {
    **{"callback_query": 150.0, "shipping_query": 150.0, "pre_checkout_query": 150.0},
    **{"inline_query": 30.0, "chosen_inline_result": 600.0},
}
DEFAULT_RETENTION_S = 24 * 3600.0
NOT_BY_DEFAULT = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
KINDS = frozenset(
    (
        *("message", "edited_message", "channel_post", "edited_channel_post"),
        *("callback_query", "inline_query", "chosen_inline_result"),
        *("shipping_query", "pre_checkout_query", "purchased_paid_media", "subscription"),
        *("my_chat_member", "chat_member", "chat_join_request"),
        *("poll", "poll_answer", "message_reaction", "message_reaction_count"),
        *("chat_boost", "removed_chat_boost", "managed_bot", "guest_message"),
        *("business_connection", "business_message", "edited_business_message"),
        *("deleted_business_messages", "stopped_message_generation"),
    )
)
DEFAULT_KINDS = KINDS - NOT_BY_DEFAULT


class Update(NamedTuple):
    """One pending update: id, whole JSON, when it is worthless, and whose order it keeps."""

    id: int
    body: bytes
    expires_at: float
    order_key: int


class UpdateQueue:
    """Pending updates of one bot. Times are unix seconds."""

    def __init__(self) -> None:
        self.next_id = random.randint(2_000_001, 1_000_000_000)  # noqa: S311 - as Telegram does
        self.allowed = DEFAULT_KINDS
        self.dropped = 0
        self._pending: deque[Update] = deque()
        self._bytes = 0
        self._soonest = float("inf")  # no pending update expires before this

    def __len__(self) -> int:
        return len(self._pending)

    def push(self, kind: str, payload: bytes, order_key: int, now: float) -> Update | None:
        """Queue an update; None where it is filtered or the queue is full."""
        if kind not in self.allowed:
            return None
        if len(self._pending) >= MAX_UPDATES or self._bytes + len(payload) > MAX_BYTES:
            self.expire(now)
            if len(self._pending) >= MAX_UPDATES or self._bytes + len(payload) > MAX_BYTES:
                self.dropped += 1
                return None
        body = b'{"update_id":%d,\n"%b":%b}' % (self.next_id, kind.encode(), payload)
        keep_for = RETENTION_S.get(kind, DEFAULT_RETENTION_S)
        update = Update(self.next_id, body, now + keep_for, order_key)
        self.next_id += 1
        self.restore(update)
        return update

    def restore(self, update: Update) -> None:
        """Put back an update that has its id already; ids must rise."""
        self._pending.append(update)
        self._bytes += len(update.body)
        self._soonest = min(self._soonest, update.expires_at)

    def take(self, offset: int, limit: int, now: float) -> list[Update]:
        """Confirm by `offset` and give up to `limit` of the rest, oldest first."""
        self.expire(now)
        pending = self._pending
        if offset < 0:
            while len(pending) > -offset:
                self._drop_first()
        elif offset > 0 and self._is_near(offset):
            while pending and pending[0].id < offset:
                self._drop_first()
        return [pending[at] for at in range(min(limit, len(pending)))]

    def remove(self, update: Update) -> None:
        """Forget one update that a webhook delivered or that expired."""
        if self._pending and self._pending[0].id == update.id:
            self._drop_first()
        elif update in self._pending:
            self._pending.remove(update)
            self._bytes -= len(update.body)

    def clear(self) -> None:
        self._pending.clear()
        self._bytes = 0
        self._soonest = float("inf")

    def pending(self) -> list[Update]:
        return list(self._pending)

    def expire(self, now: float) -> None:
        """Forget what is too old, wherever it stands."""
        if now < self._soonest:
            return
        kept = [update for update in self._pending if update.expires_at > now]
        self.clear()
        for update in kept:
            self.restore(update)

    def allow(self, names: object) -> None:
        """Set what is queued from now on, by names in any case.

        No list, or a list with something that is no name, changes nothing; an empty list, or one
        without any name that is known, means the default.
        """
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return
        self.allowed = KINDS.intersection(name.lower() for name in names) or DEFAULT_KINDS

    def _is_near(self, offset: int) -> bool:
        oldest = self._pending[0].id if self._pending else self.next_id
        return oldest - 100_000 <= offset <= self.next_id + 10

    def _drop_first(self) -> None:
        self._bytes -= len(self._pending.popleft().body)
