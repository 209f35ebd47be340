"""Order within a chat, independence across chats, and never more jobs than fit."""

import asyncio
import contextlib
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crier.fleet.chat_queues import ChatQueues
from crier.fleet.forward import call_in

Job = tuple[int, int]


@given(st.lists(st.integers(0, 4), max_size=40))
@settings(deadline=None)
async def test_a_chats_jobs_run_one_after_another_in_order(chats: list[int]) -> None:
    done: defaultdict[int, list[int]] = defaultdict(list)
    busy: set[int] = set()

    async def handle(job: Job) -> None:
        chat, number = job
        assert chat not in busy
        busy.add(chat)
        await asyncio.sleep(0)
        busy.remove(chat)
        done[chat].append(number)

    queues: ChatQueues[Job] = ChatQueues(handle, 1000)
    for number, chat in enumerate(chats):
        queues.put(chat, (chat, number))
    assert await queues.close(5) == []
    assert queues.unfinished == 0
    for chat, numbers in done.items():
        assert numbers == [n for n, c in enumerate(chats) if c == chat]


async def test_chats_do_not_wait_for_each_other_and_room_waits_for_both() -> None:
    gate = asyncio.Event()
    done: list[Job] = []

    async def handle(job: Job) -> None:
        if job[0] == 1:
            await gate.wait()
        done.append(job)

    queues: ChatQueues[Job] = ChatQueues(handle, 3)
    for job in ((1, 0), (2, 1), (1, 2)):
        queues.put(job[0], job)
    assert queues.room == 0
    assert await queues.wait_for_room() == 1
    assert done == [(2, 1)]
    gate.set()
    assert await queues.close(5) == []
    assert done == [(2, 1), (1, 0), (1, 2)]


async def test_what_did_not_end_in_time_is_given_back_in_order() -> None:
    async def handle(job: Job) -> None:
        await asyncio.Event().wait()

    queues: ChatQueues[Job] = ChatQueues(handle, 10)
    for number in range(3):
        queues.put(1, (1, number))
    assert await queues.close(0.01) == [(1, 0), (1, 1), (1, 2)]
    assert queues.unfinished == 0


async def test_a_handler_that_a_cancel_does_not_reach_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where an HTTP client ends its request with an error in place of the cancel."""
    monkeypatch.setattr("crier.fleet.chat_queues.CANCEL_AGAIN_S", 0.01)

    async def handle(job: Job) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    queues: ChatQueues[Job] = ChatQueues(handle, 10)
    queues.put(1, (1, 0))
    async with asyncio.timeout(20):
        assert await queues.close(0.01) == [(1, 0)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b'{"method": 7}',
        b'{"method": "getMe"}',
        b'{"method":"a b"}',
        b'{"method": "LogOut"}',
        b"[" * 100_000,
    ],
)
def test_an_answer_without_a_call_that_it_may_carry_carries_none(body: bytes) -> None:
    assert call_in(body) is None


def test_an_answer_may_carry_any_send() -> None:
    call = call_in(b'{"method": "sendPhoto", "chat_id": 7, "photo": "x", "caption": "c\\u0000"}')
    assert call is not None
    assert (call.method, call.chat_id, call.message_type) == ("sendPhoto", 7, "photo")
    assert call.content == "c"
    odd = call_in(b'{"method": "sendMessage", "chat_id": "@channel", "text": "t"}')
    assert odd is not None
    assert odd.chat_id is None
