"""The compact table of chats."""

from array import array

import pytest

from crier.sandbox.roster import REMEMBERED_TEXTS, Roster, Status, text_hash


def roster_with_range() -> Roster:
    roster = Roster()
    roster.add(5, Status.STARTED)
    roster.add_range(1000, bytes([Status.STARTED]) * 100, bytes(100))
    roster.add(-7, Status.MEMBER)
    return roster


def test_chats_are_found_singly_and_in_ranges() -> None:
    roster = roster_with_range()
    for chat_id in (5, 1000, 1099, -7):
        assert roster.chat_ids[roster.find(chat_id)] == chat_id
    assert [roster.find(chat_id) for chat_id in (4, 999, 1100, -8)] == [-1] * 4


def test_ids_of_a_range_must_be_new() -> None:
    roster = roster_with_range()
    for first in (950, 1050, 1, 1000):
        with pytest.raises(ValueError, match="already"):
            roster.add_range(first, bytes(100), bytes(100))


def test_repeats_of_a_text_are_noticed_whatever_came_between() -> None:
    roster = roster_with_range()
    row = roster.find(1005)
    hashes = [text_hash(f"text {n}") for n in range(REMEMBERED_TEXTS)]
    assert not any(roster.remember(row, h) for h in hashes)
    assert all(roster.remember(row, h) for h in hashes)
    assert not roster.remember(row + 1, hashes[0])


def test_a_saved_roster_comes_back_the_same() -> None:
    roster = roster_with_range()
    row = roster.find(1005)
    roster.counters["accepted"][row] = 3
    roster.remember(row, 99)
    copy = Roster.load(roster.dump())
    assert copy.find(1005) == row
    assert copy.find(-7) == roster.find(-7)
    assert copy.counters["accepted"][row] == 3
    assert copy.remember(row, 99)


def test_a_million_chats_take_less_than_80_megabytes() -> None:
    roster = Roster()
    roster.add_range(1, bytes(1_000_000), bytes(1_000_000))
    columns: list[array[int] | array[float]] = [
        roster.chat_ids,
        roster.next_free,
        *roster.counters.values(),
    ]
    size = sum(c.itemsize * len(c) for c in columns) + 3 * len(roster)
    assert size < 80_000_000
