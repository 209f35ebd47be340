"""Whatever Crier asks for a user reaches checked addresses only, whatever name, redirect or DNS."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crier.net import dialing, guarded
from crier.net.guarded import AskError, GuardedAnswer, GuardedClient
from tests.support.listener import Listener, Post, listening

pytestmark = pytest.mark.both_loops

Names = dict[str, list[list[str]]]
"""What a name resolves to, each time that it is asked for; the last answer stays."""


@pytest.fixture
def program() -> Iterator[Listener]:
    with listening(lambda post: (200, post.headers["host"].encode())) as server:
        yield server


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """A resolver of the test's own: it knows these names, and addresses."""
    known: Names = {}
    genuine = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, **more: Any) -> list[Any]:
        if host not in known:
            return genuine(host, port, **more)
        now = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [info for address in now for info in genuine(address, port, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


async def post(url: str, *more: str, allow: tuple[str, ...] = ()) -> list[GuardedAnswer]:
    """POST to each address in turn, by one client."""
    client = GuardedClient(allow)
    return [await client.post(one, b"{}", {"X-A": "b"}) for one in (url, *more)]


def port_of(program: Listener) -> int:
    return int(program.url.rpartition(":")[2])


async def test_an_allowed_address_is_asked(program: Listener) -> None:
    answers = await post(f"{program.url}/a?b=c", allow=("127.0.0.0/8",))
    assert answers == [GuardedAnswer(200, program.url.removeprefix("http://").encode())]
    assert [(p.path, p.body, p.headers["x-a"]) for p in program.posts] == [("/a?b=c", b"{}", "b")]


async def test_a_login_in_the_address_goes_to_its_own_host_only(program: Listener) -> None:
    url = program.url.replace("http://", "http://me:secret@")
    await post(f"{url}/", allow=("127.0.0.1",))
    assert program.posts[0].headers["authorization"] == "Basic bWU6c2VjcmV0"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::127.0.0.1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://[2002:7f00:1::]:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "http://0.0.0.0:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1%25lo]/",
        "http://user@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}\\@8.8.8.8/",  # two hosts, as two libraries read it
        "http://127.0.0.①:{port}/",
        "http://127。0。0。1:{port}/",
        "ftp://127.0.0.1:{port}/",
        "file:///etc/passwd",
        "http://nobody.invalid/",
    ],
)
async def test_what_is_not_public_is_never_connected_to(program: Listener, url: str) -> None:
    with pytest.raises(AskError) as caught:
        await post(url.format(port=port_of(program)))
    assert program.posts == []
    assert str(port_of(program)) not in str(caught.value)


async def test_names_without_an_answer_hold_up_nobody_elses_look_up(
    program: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose DNS is silent waits on threads of its own; Telegram's name is looked up meanwhile."""
    genuine, answer = socket.getaddrinfo, threading.Event()

    def getaddrinfo(host: str, port: int, **more: Any) -> list[Any]:
        if host.endswith("silent.test"):
            answer.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return genuine(host, port, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(guarded, "TIMEOUT_S", 600.0)
    client = GuardedClient()
    asking = [
        asyncio.create_task(client.post(f"http://{n}.silent.test/", b"", {})) for n in range(100)
    ]
    try:
        await asyncio.sleep(0)  # every one of them has asked
        async with asyncio.timeout(20):
            assert await dialing.look_up("localhost", port_of(program))
        assert not any(task.done() for task in asking)
    finally:
        answer.set()
        await asyncio.gather(*asking, return_exceptions=True)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["::127.0.0.1"]],
)
async def test_a_public_name_of_a_private_address_is_refused(
    program: Listener, names: Names, addresses: list[str]
) -> None:
    names["innocent.example.com"] = [addresses]
    with pytest.raises(AskError, match="public internet"):
        await post(f"http://innocent.example.com:{port_of(program)}/")
    assert program.posts == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("rebind.example.com", "rebind.example.com"),
        ("Faß.attacker.test", "xn--fa-hia.attacker.test"),
        ("FASS.attacker.test", "fass.attacker.test"),
        ("ПРИМЕР.test", "xn--e1afmkfd.test"),
        ("i❤.test.", "xn--i-7iq.test."),
        ("e\u0301_x.test", "xn--_x-9ia.test"),
    ],
)
async def test_the_address_that_was_checked_is_the_one_connected_to(
    program: Listener, names: Names, written: str, asked: str
) -> None:
    """However it is written, one name is asked for, once, and nobody else asks for it again."""
    names[asked] = [["127.0.0.1"], ["10.0.0.1"]]
    port = port_of(program)
    answers = await post(
        f"http://{written}:{port}/x", f"http://{written}:{port}/y", allow=("127.0.0.1",)
    )
    assert {answer.body for answer in answers} == {f"{asked}:{port}".encode()}
    assert [p.path for p in program.posts] == ["/x", "/y"]


async def test_a_name_that_changes_is_checked_again_when_its_check_is_over(
    program: Listener, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "CHECKED_FOR_S", -1.0)
    names["rebind.example.com"] = [["127.0.0.1"], ["127.0.0.2"]]
    url = f"http://rebind.example.com:{port_of(program)}/"
    with pytest.raises(AskError, match="public internet"):
        await post(url, url, allow=("127.0.0.1",))
    assert len(program.posts) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with listening() as inside, listening(redirecting_to(inside, status)) as program:
        answers = await post(f"{program.url}/", allow=("127.0.0.1",))
        assert [answer.status for answer in answers] == [status]
        assert inside.posts == []


def redirecting_to(target: Listener, status: int) -> Callable[[Post], tuple[int, bytes]]:
    def answer(post: Post) -> tuple[int, bytes]:
        post.answer_headers["Location"] = f"{target.url}/secret"
        return status, b""

    return answer


async def test_no_proxy_of_the_environment_is_used(
    program: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(lambda post: (500, b"")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert (await post(f"{program.url}/", allow=("127.0.0.1",)))[0].status == 200
        assert proxy.posts == []


async def test_the_answer_is_bounded_in_size_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(lambda post: (200, b"x" * 3_000_000)) as program:
        answers = await post(f"{program.url}/", allow=("127.0.0.1",))
        assert len(answers[0].body) == guarded.ANSWER_MAX_BYTES
    monkeypatch.setattr(guarded, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(AskError, match=r"in time|cannot be reached"):
            await post(url, allow=("127.0.0.1",))


async def test_a_host_is_allowed_by_its_name(program: Listener, names: Names) -> None:
    names["xn--bro-hoa.corp"] = [["127.0.0.1"]]
    url = f"http://bÜro.corp:{port_of(program)}/in"
    (answer,) = await post(url, allow=("büro.corp",))
    assert answer.status == 200


async def test_of_two_families_the_one_that_answers_is_asked(
    program: Listener, names: Names
) -> None:
    names["both.corp"] = [["::1", "127.0.0.1"]]  # nobody listens on ::1
    assert (await post(f"http://both.corp:{port_of(program)}/", allow=("both.corp",)))[
        0
    ].status == 200


async def test_where_nobody_answers_it_says_what_was_tried(names: Names) -> None:
    names["both.corp"] = [["::1", "127.0.0.1"]]
    with pytest.raises(AskError, match=r"cannot be reached.*tried ::1 and 127\.0\.0\.1"):
        await post("http://both.corp:9/", allow=("both.corp",))


async def test_the_resolver_of_these_tests_is_asked(names: Names) -> None:
    names["a.test"] = [["8.8.8.8"]]
    infos = await dialing.look_up("a.test", 80)
    assert infos[0][4][0] == "8.8.8.8"
