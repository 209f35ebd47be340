"""One message a second into a chat, 20 a minute into a group; remembers recent chats only."""

import math
from collections import deque

CHAT_INTERVAL_S = 1.0
GROUP_MESSAGES = 20
GROUP_WINDOW_S = 60.0
MAX_CHATS = 4096


class ChatPacer:
    """When each chat of one bot may get its next message. Times as in `crier.domain.pacing`.

    Memory is bounded: chats are kept in two generations, of which the older is forgotten when the
    younger is a second old, or holds half of `max_chats`, which errs towards sending (Telegram
    then says 429). So it holds two seconds of sending, whatever the audience.
    """

    def __init__(self, max_chats: int = MAX_CHATS) -> None:
        self._max_chats = max_chats
        self._young: dict[int, float] = {}
        self._old: dict[int, float] = {}
        self._young_since = -math.inf
        self._groups: dict[int, deque[float]] = {}

    def delay(self, now: float, chat_id: int) -> float:
        """Seconds until the chat is free; 0 when it is. Takes nothing."""
        last = self._young.get(chat_id)
        if last is None:
            last = self._old.get(chat_id)
        free_at = now if last is None else last + CHAT_INTERVAL_S
        sent = self._groups.get(chat_id)
        if sent is not None and len(sent) == GROUP_MESSAGES:
            free_at = max(free_at, sent[0] + GROUP_WINDOW_S)
        return max(0.0, free_at - now)

    def take(self, at: float, chat_id: int) -> None:
        """Remember a message to the chat at this time."""
        if at - self._young_since >= CHAT_INTERVAL_S or len(self._young) >= self._max_chats // 2:
            self._old, self._young, self._young_since = self._young, {}, at
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
