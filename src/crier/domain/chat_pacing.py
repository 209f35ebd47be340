"""One message a second into a chat, 20 a minute into a group; remembers recent chats only."""

from collections import deque

CHAT_INTERVAL_S = 1.0
GROUP_MESSAGES = 20
GROUP_WINDOW_S = 60.0
MAX_CHATS = 4096


class ChatPacer:
    """When each chat of one bot may get its next message. Times as in `crier.domain.pacing`.

    Memory is bounded: a chat is forgotten when it is free again, and the one used longest ago when
    there are more than `max_chats`, which errs towards sending (Telegram then says 429).
    """

    def __init__(self, max_chats: int = MAX_CHATS) -> None:
        self._max_chats = max_chats
        self._last: dict[int, float] = {}
        self._groups: dict[int, deque[float]] = {}

    def delay(self, now: float, chat_id: int) -> float:
        """Seconds until the chat is free; 0 when it is. Takes nothing."""
        last = self._last.get(chat_id)
        free_at = now if last is None else last + CHAT_INTERVAL_S
        sent = self._groups.get(chat_id)
        if sent is not None and len(sent) == GROUP_MESSAGES:
            free_at = max(free_at, sent[0] + GROUP_WINDOW_S)
        return max(0.0, free_at - now)

    def take(self, at: float, chat_id: int) -> None:
        """Remember a message to the chat at this time."""
        self._last.pop(chat_id, None)  # to the end of the order of use
        self._last[chat_id] = at
        if chat_id < 0:
            sent = self._groups.pop(chat_id, None)
            if sent is None:
                sent = deque(maxlen=GROUP_MESSAGES)
            self._groups[chat_id] = sent
            sent.append(at)
        if len(self._last) > self._max_chats:
            _forget(self._last, at - CHAT_INTERVAL_S, self._max_chats // 2)
        if len(self._groups) > self._max_chats:
            oldest = next(iter(self._groups))
            del self._groups[oldest]


def _forget(last: dict[int, float], before: float, keep: int) -> None:
    """Drop the chats that are free again, then the oldest ones above `keep`."""
    for chat_id in [chat_id for chat_id, at in last.items() if at <= before]:
        del last[chat_id]
    for chat_id in list(last)[: max(0, len(last) - keep)]:
        del last[chat_id]
