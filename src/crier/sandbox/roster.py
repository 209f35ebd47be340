"""What one bot knows of its chats, in columns: about 40 bytes a chat, so a million fit in 40 MB.

A chat is a row. Rows of people made in bulk are found by the range they were made in, single ones
by a dictionary. Counters are kept for every row for ever; they are what a test compares with.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from enum import IntEnum
from hashlib import blake2b

REMEMBERED_TEXTS = 16
COUNTERS = ("attempts", "accepted", "flood", "forbidden", "duplicates")


class Status(IntEnum):
    """How a chat stands to the bot. The first four are people, the others groups and channels."""

    SEEN = 0  # known, but never started the bot
    STARTED = 1
    BLOCKED = 2
    DELETED = 3
    MEMBER = 4
    ADMINISTRATOR = 5
    KICKED = 6
    LEFT = 7
    MIGRATED = 8
    GONE = 9


class Roster:
    """The chats of one bot."""

    def __init__(self) -> None:
        self.chat_ids = array("q")
        self.status = bytearray()
        self.language = bytearray()
        self.counters = {name: array("I") for name in COUNTERS}
        self.next_free = array("d")  # when the chat's own bucket is full again, monotonic seconds
        self._texts: list[array[int]] = []  # column k: hash of a row's k-th different text
        self._text_count = bytearray()
        self._single: dict[int, int] = {}
        self._range_starts: list[int] = []
        self._ranges: list[tuple[int, int, int]] = []  # first id, behind last id, first row

    def __len__(self) -> int:
        return len(self.chat_ids)

    def find(self, chat_id: int) -> int:
        """Return the chat's row, or -1."""
        row = self._single.get(chat_id)
        if row is not None:
            return row
        at = bisect_right(self._range_starts, chat_id) - 1
        if at >= 0:
            first, behind, row = self._ranges[at]
            if chat_id < behind:
                return row + chat_id - first
        return -1

    def add(self, chat_id: int, status: Status, language: int = 0) -> int:
        """Make or change one chat; returns its row."""
        row = self.find(chat_id)
        if row < 0:
            row = self._grow(array("q", [chat_id]), bytes([status]), bytes([language]))
            self._single[chat_id] = row
        else:
            self.status[row] = status
        return row

    def add_range(self, first: int, statuses: bytes, languages: bytes) -> int:
        """Make `len(statuses)` people with successive ids; returns the first row.

        Raises:
            ValueError: one of them is there already.
        """
        behind = first + len(statuses)
        at = bisect_right(self._range_starts, first)
        after_previous = at == 0 or self._ranges[at - 1][1] <= first
        before_next = at == len(self._ranges) or behind <= self._range_starts[at]
        clash = any(first <= chat_id < behind for chat_id in self._single)
        if clash or not (after_previous and before_next):
            raise ValueError(
                f"some of the ids {first}..{behind - 1} are people of this bot already"
            )
        row = self._grow(array("q", range(first, behind)), statuses, languages)
        self._range_starts.insert(at, first)
        self._ranges.insert(at, (first, behind, row))
        return row

    def remember(self, row: int, text_hash: int) -> bool:
        """Note a text that the chat got; True where it got the same text before.

        Exact for a chat's last `REMEMBERED_TEXTS` different texts.
        """
        count = self._text_count[row]
        for column in self._texts[: min(count, REMEMBERED_TEXTS)]:
            if column[row] == text_hash:
                return True
        slot = count % REMEMBERED_TEXTS
        if slot == len(self._texts):
            self._texts.append(array("Q", bytes(8 * len(self))))
        self._texts[slot][row] = text_hash
        self._text_count[row] = count + 1 if count < 239 else REMEMBERED_TEXTS
        return False

    def clear_counters(self) -> None:
        """Every counter, remembered text and chat bucket back to nothing."""
        size = len(self)
        self.counters = {name: array("I", bytes(4 * size)) for name in COUNTERS}
        self.next_free = array("d", bytes(8 * size))
        self._texts = []
        self._text_count = bytearray(size)

    def rows(self) -> Iterator[int]:
        return iter(range(len(self)))

    def dump(self) -> dict[str, object]:
        """Return everything but the buckets, as plain bytes."""
        return {
            "chat_ids": self.chat_ids.tobytes(),
            "status": bytes(self.status),
            "language": bytes(self.language),
            "counters": {name: column.tobytes() for name, column in self.counters.items()},
            "texts": [column.tobytes() for column in self._texts],
            "text_count": bytes(self._text_count),
            "ranges": self._ranges,
        }

    @classmethod
    def load(cls, saved: dict[str, object]) -> Roster:
        """Return the rows that `dump` gave as bytes."""
        roster = cls()
        roster.chat_ids.frombytes(_bytes(saved["chat_ids"]))
        roster.status = bytearray(_bytes(saved["status"]))
        roster.language = bytearray(_bytes(saved["language"]))
        roster.next_free = array("d", bytes(8 * len(roster)))
        counters = saved["counters"]
        texts, ranges = saved["texts"], saved["ranges"]
        assert isinstance(counters, dict)
        assert isinstance(texts, list)
        assert isinstance(ranges, list)
        roster.counters = {name: array("I", counters[name]) for name in COUNTERS}
        roster._texts = [array("Q", column) for column in texts]
        roster._text_count = bytearray(_bytes(saved["text_count"]))
        roster._ranges = [(first, behind, row) for first, behind, row in ranges]
        roster._range_starts = [first for first, _, _ in roster._ranges]
        in_range = bytearray(len(roster))
        for first, behind, row in roster._ranges:
            in_range[row : row + behind - first] = b"\1" * (behind - first)
        chats = enumerate(roster.chat_ids)
        roster._single = {chat_id: row for row, chat_id in chats if not in_range[row]}
        return roster

    def _grow(self, chat_ids: array[int], statuses: bytes, languages: bytes) -> int:
        row, count = len(self), len(chat_ids)
        self.chat_ids.extend(chat_ids)
        self.status += statuses
        self.language += languages
        for column in self.counters.values():
            column.frombytes(bytes(4 * count))
        self.next_free.frombytes(bytes(8 * count))
        for texts in self._texts:
            texts.frombytes(bytes(8 * count))
        self._text_count += bytes(count)
        return row


def text_hash(text: str) -> int:
    """64 bits that stand for a text, the same after a restart."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
