"""Body after body over one connection: what follows an answer, and what was not written yet."""

import asyncio
import time
from collections.abc import Callable

import pytest

from crier.telegram import connection as connection_module
from crier.telegram.errors import UNWRITTEN, Doubtful, NotSent
from crier.telegram.transport import Response
from tests.support.posting import PATH, echo, posting
from tests.support.scripted import Request, Writer, answer
from tests.support.waiting import until_async

pytestmark = pytest.mark.both_loops


def counting(last: int) -> Callable[[Response], bytes | None]:
    """Follow each echoed number with the next one, up to `last`."""

    def following(response: Response) -> bytes | None:
        number = int(response.body) + 1
        return b"%d" % number if number <= last else None

    return following


async def test_what_follows_an_answer_goes_the_same_way_at_once() -> None:
    async with posting(echo) as (server, transport):
        last = await transport.post(PATH, b"0", following=counting(4))
        assert last == Response(200, b"4", None)
        assert [request.body for request in server.requests] == [b"0", b"1", b"2", b"3", b"4"]
        assert {request.path for request in server.requests} == {PATH.decode()}
        assert server.connections == 1


async def test_what_follows_an_answer_that_closes_its_connection_takes_another() -> None:
    async def closing(request: Request, writer: Writer) -> None:
        writer.write(answer(request.body, headers=("Connection: close",)))

    async with posting(closing, max_connections=1) as (server, transport):
        assert (await transport.post(PATH, b"0", following=counting(2))).body == b"2"
        assert [request.body for request in server.requests] == [b"0", b"1", b"2"]
        assert server.connections == 3


async def test_only_the_last_of_those_that_follow_is_in_doubt_and_it_has_a_time_of_its_own() -> (
    None
):
    async def stuck_at_two(request: Request, writer: Writer) -> None:
        if request.body == b"2":
            await asyncio.Event().wait()
        await asyncio.sleep(0.8)  # two of them take longer than one may
        writer.write(answer(request.body))

    seen: list[bytes] = []

    def following(response: Response) -> bytes | None:
        seen.append(response.body)
        return counting(9)(response)

    async with posting(stuck_at_two) as (server, transport):
        with pytest.raises(Doubtful, match="in time"):
            await transport.post(PATH, b"0", timeout_s=1.5, following=following)
        assert seen == [b"0", b"1"]
        assert [request.body for request in server.requests] == [b"0", b"1", b"2"]


async def test_a_fault_in_what_follows_reaches_whoever_posted() -> None:
    def following(response: Response) -> bytes | None:
        raise KeyError(response.body)

    async with posting(echo) as (_, transport):
        with pytest.raises(KeyError):
            await transport.post(PATH, b"0", following=following)
        await until_async(lambda: transport.connections == 0)


async def test_a_connection_lost_before_its_request_was_written_leaves_no_doubt() -> None:
    async with posting(echo) as (server, transport):
        await transport.post(PATH, b"first")
        (connection,) = transport._idle
        posted = asyncio.create_task(transport.post(PATH, b"second"))
        await asyncio.sleep(0)  # the request waits for the end of the turn
        connection.give_up("it broke in this moment")
        with pytest.raises(NotSent, match="not written"):
            await posted
        await transport.post(PATH, b"third")
        posted = asyncio.create_task(transport.post(PATH, b"fourth"))
        await asyncio.sleep(0)
        posted.cancel()
        with pytest.raises(asyncio.CancelledError, match=UNWRITTEN):
            await posted
        assert [request.body for request in server.requests] == [b"first", b"third"]


async def test_a_process_that_stood_still_writes_nothing_that_it_had_decided_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with posting(echo) as (server, transport):
        await transport.post(PATH, b"first")
        posted = asyncio.create_task(transport.post(PATH, b"second"))
        await asyncio.sleep(0)  # the request waits for the end of the turn
        with monkeypatch.context() as patched:
            patched.setattr(connection_module, "TURN_S", 0.02)
            time.sleep(0.05)  # noqa: ASYNC251  as SIGSTOP would
            with pytest.raises(NotSent, match="stood still"):
                await posted
        assert (await transport.post(PATH, b"third")).body == b"third"
        assert [request.body for request in server.requests] == [b"first", b"third"]
