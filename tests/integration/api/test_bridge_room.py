"""A body that finds no room on the disk is refused clearly by the server itself."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from crier.api.bridge import Bridge


class Protocol:
    """Granian's side of one request: gives a body in chunks, keeps the answer."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks()

    async def _chunks(self) -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, dict(headers), body


def test_a_body_without_room_is_503_with_its_reason() -> None:
    def never(environ: Any, start_response: Any) -> Any:
        raise AssertionError("the application must not be asked")

    headers = {"content-length": "2000000"}
    scope: Any = SimpleNamespace(proto="http", method="POST", path="/x", headers=headers)
    protocol = Protocol()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        asyncio.run(Bridge(never, lambda method, path: 10_000_000).__rsgi__(scope, protocol))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (protocol.status, protocol.headers["Retry-After"]) == (503, "2")
    detail = json.loads(protocol.body)["detail"]
    assert detail == "no room for the body on this machine: File too large"
