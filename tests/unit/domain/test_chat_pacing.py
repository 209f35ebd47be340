"""When a chat may get its next message, and what is remembered of chats."""

import pytest

from crier.domain.chat_pacing import GROUP_MESSAGES, MAX_CHATS, ChatPacer


def test_a_person_waits_a_second_and_another_does_not() -> None:
    pacer = ChatPacer()
    pacer.take(100.0, 1)
    assert pacer.delay(100.25, 1) == pytest.approx(0.75)
    assert pacer.delay(100.25, 2) == 0
    assert pacer.delay(101.0, 1) == 0


@pytest.mark.parametrize("messages", [GROUP_MESSAGES - 1, GROUP_MESSAGES, GROUP_MESSAGES + 1])
def test_a_group_gets_twenty_in_any_minute(messages: int) -> None:
    pacer = ChatPacer()
    for n in range(messages):
        pacer.take(100.0 + n, -5)
    now = 100.0 + messages
    first = 100.0 + max(0, messages - GROUP_MESSAGES)
    expected = 0.0 if messages < GROUP_MESSAGES else first + 60 - now
    assert pacer.delay(now, -5) == pytest.approx(expected)


def test_a_person_has_no_limit_of_a_minute() -> None:
    pacer = ChatPacer()
    for n in range(40):
        pacer.take(100.0 + n, 1)
    assert pacer.delay(140.0, 1) == 0


def test_chats_are_forgotten_by_generations_of_half_a_second() -> None:
    pacer = ChatPacer()
    pacer.take(100.0, 1)
    for n, at in enumerate((100.5, 101.0, 101.5)):
        assert len(pacer._old) == max(0, n - 1)
        pacer.take(at, 10 + n)
    assert [*pacer._young, *pacer._middle, *pacer._old] == [12, 11, 10]


def test_a_third_of_all_chats_fills_a_generation() -> None:
    pacer = ChatPacer(max_chats=12)
    for n in range(5):
        pacer.take(100.0, 1 + n)
    assert (list(pacer._young), list(pacer._middle)) == ([5], [1, 2, 3, 4])


def test_as_many_groups_as_chats_are_kept_and_the_oldest_goes() -> None:
    pacer = ChatPacer(max_chats=3)
    for n in range(4):
        pacer.take(100.0, -1 - n)
        assert len(pacer._groups) == min(n + 1, 3)
    assert list(pacer._groups) == [-2, -3, -4]
    assert MAX_CHATS == 2400
