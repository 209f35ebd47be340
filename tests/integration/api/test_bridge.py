"""Bodies as the server itself takes or refuses them, before the application is asked."""

import asyncio
import json
import resource
import threading
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from crier.api.server.bridge import LIMITED_AFTER_S, Bridge
from tests.support.waiting import until_async


class Protocol:
    """Granian's side of one request: gives a body in chunks, keeps the answer."""

    def __init__(self, *chunks: bytes) -> None:
        self._given = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._given:
            yield chunk

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, dict(headers), body


def count(environ: Any, start_response: Any) -> Any:
    """An application that reads a request's body and counts it."""
    text = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def limited(environ: Any, start_response: Any) -> Any:
    """An application that has had enough."""
    start_response("429 TOO MANY REQUESTS", [("Content-Length", "0"), ("Retry-After", "7")])
    return [b""]


async def ask(protocol: Protocol, application: Any = count) -> None:
    """Make a request of the application."""
    await Bridge(application, lambda method, path: 10_000_000).__rsgi__(to("/x"), protocol)


def to(path: str) -> Any:
    """What the server tells of a request to a path."""
    return SimpleNamespace(
        proto="http",
        http_version="1.1",
        method="POST",
        path=path,
        query_string="",
        scheme="http",
        server="127.0.0.1:1",
        client="127.0.0.1:2",
        headers={"content-length": "1"},
    )


async def test_a_body_without_room_is_503_with_its_reason() -> None:
    protocol = Protocol(*[b"x" * 100_000] * 20)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        await ask(protocol)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (protocol.status, protocol.headers["Retry-After"]) == (503, "2")
    detail = json.loads(protocol.body)["detail"]
    assert detail == "no room for the body on this machine: File too large"


@pytest.mark.parametrize(("application", "waits"), [(limited, [LIMITED_AFTER_S]), (count, [])])
async def test_a_429_is_kept_for_a_second_and_holds_no_thread_meanwhile(
    monkeypatch: pytest.MonkeyPatch, application: Any, waits: list[float]
) -> None:
    protocol, waited = Protocol(b"x"), []

    async def sleep(seconds: float) -> None:
        assert not hasattr(protocol, "status"), "nothing is answered yet"
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)  # of the event loop: threads have another
    await ask(protocol, application)
    assert waited == waits
    assert protocol.headers.get("Retry-After") == ("7" if waits else None)


async def test_exports_come_one_after_the_other_and_leave_the_threads_of_others_alone() -> None:
    may_end, begun = threading.Event(), []

    def application(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/export":
            begun.append(threading.current_thread().name)
            assert may_end.wait(20)
        return count(environ, start_response)

    bridge = Bridge(application, lambda method, path: 10, exports=("/export",))
    exports = [Protocol(b"x") for _ in range(40)]  # more than there are threads for requests
    asked = [asyncio.ensure_future(bridge.__rsgi__(to("/export"), one)) for one in exports]
    await until_async(lambda: bool(begun))
    other = Protocol(b"x")
    await bridge.__rsgi__(to("/x"), other)
    assert (other.status, len(begun)) == (200, 1)
    may_end.set()
    await asyncio.gather(*asked)
    assert [one.status for one in exports] == [200] * 40
    assert len(set(begun)) == 1
