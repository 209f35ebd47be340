"""One message a second into a chat, 20 a minute into a group; remembers recent chats only."""

import math
from collections import deque

CHAT_INTERVAL_S = 1.0
GENERATION_S = CHAT_INTERVAL_S / 2
GROUP_MESSAGES = 20
GROUP_WINDOW_S = 60.0
MAX_CHATS = 2400
"""Those of 1.5 s at 1,600 messages a second, which no bot reaches; of groups, of a minute."""


class ChatPacer:
    """When each chat of one bot may get its next message. Times as in `crier.domain.pacing`.

    Memory is bounded: chats are kept in three generations of half a second, of which the oldest is
    forgotten for a new one, or when the youngest holds a third of `max_chats`, which errs towards
    sending (Telegram then says 429). So it holds 1.5 s of sending, whatever the audience.
    """

    def __init__(self, max_chats: int = MAX_CHATS) -> None:
        self._max_chats = max_chats
        self._young: dict[int, float] = {}
        self._middle: dict[int, float] = {}
        self._old: dict[int, float] = {}
        self._young_since = -math.inf
        self._groups: dict[int, deque[float]] = {}

    def delay(self, now: float, chat_id: int) -> float:
        """Return seconds until the chat is free; 0 when it is. Takes nothing."""
        last = self._young.get(chat_id)  # not a loop: this is asked for each message
        if last is None:
            last = self._middle.get(chat_id)
        if last is None:
            last = self._old.get(chat_id)
        if last is None and chat_id > 0:
            return 0.0
        free_at = now if last is None else last + CHAT_INTERVAL_S
        sent = self._groups.get(chat_id)
        if sent is not None and len(sent) == GROUP_MESSAGES:
            free_at = max(free_at, sent[0] + GROUP_WINDOW_S)
        return max(0.0, free_at - now)

    def take(self, at: float, chat_id: int) -> None:
        """Remember a message to the chat at this time."""
        if at - self._young_since >= GENERATION_S or len(self._young) >= self._max_chats // 3:
            self._old, self._middle = self._middle, self._young
            self._young, self._young_since = {}, at
        self._young[chat_id] = at
        if chat_id < 0:
            sent = self._groups.pop(chat_id, None)
            if sent is None:
                sent = deque(maxlen=GROUP_MESSAGES)
            self._groups[chat_id] = sent
            sent.append(at)
        if len(self._groups) > self._max_chats:
            oldest = next(iter(self._groups))
            del self._groups[oldest]
