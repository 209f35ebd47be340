"""POSTs to addresses that users gave: the guard against requests into our own network.

A name is resolved here, every address of it has to be public (or on `CRIER_FETCH_ALLOW`), and the
connection goes to the address that was checked, so that a name which changes in between gains
nothing. Redirects are not followed and no proxy is used.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError

from crier.domain import urls
from crier.fleet.errors import PostFailed

TIMEOUT_S = 10.0
RESOLVED_FOR_S = 60.0
ANSWER_MAX_BYTES = 1024 * 1024
MAX_CLIENTS = 512


class Posted(NamedTuple):
    """What an owner's program answered."""

    status: int
    body: bytes


class _Known(NamedTuple):
    """A host that was resolved and checked, with the connections to it."""

    until: float
    client: Client


class GuardedPost:
    """Call it to POST. `allow` is `CRIER_FETCH_ALLOW`: hosts, addresses and networks."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allow = tuple(entry.lower() for entry in allow)
        self._known: dict[tuple[str, int], _Known] = {}

    async def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """POST `body` and return the answer, whatever its status; at most 1 MB of it.

        Raises:
            PostFailed: the address is not allowed, or there was no answer in ten seconds.
        """
        try:
            host = urls.check_web(url)
            parts = urlsplit(url)
            ascii_host = host if ":" in host else host.encode("idna").decode()
            port = parts.port or (443 if parts.scheme == "https" else 80)
            client = await self._client(ascii_host, port)
            request = client.post(_rebuilt(parts, ascii_host, port)).headers(dict(headers))
            async with asyncio.timeout(TIMEOUT_S):
                async with request.body_bytes(body).build_streamed() as response:
                    answer = await response.body_reader.read(ANSWER_MAX_BYTES)
                    return Posted(response.status, bytes(answer or b""))
        except PyreqwestError as error:
            raise PostFailed("it cannot be reached") from error
        except TimeoutError as error:
            raise PostFailed("it gave no answer in time") from error
        except (OSError, ValueError) as error:
            raise PostFailed(f"its address cannot be used: {error}") from error

    async def _client(self, host: str, port: int) -> Client:
        now = asyncio.get_running_loop().time()
        known = self._known.get((host, port))
        if known is None or known.until < now:
            address = await self._resolve(host, port)
            if len(self._known) >= MAX_CLIENTS:
                self._known.clear()
            known = _Known(now + RESOLVED_FOR_S, _connect_to(host, address, port))
            self._known[host, port] = known
        return known.client

    async def _resolve(self, host: str, port: int) -> str:
        """An address of `host`. Raises `ValueError` where one of them is not public."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if host not in self._allow:
            for address in addresses:
                shown = f"[{address}]" if ":" in address else address
                urls.check_public(f"http://{shown}", self._allow)
        return addresses[0]


def _connect_to(host: str, address: str, port: int) -> Client:
    builder = ClientBuilder().timeout(timedelta(seconds=TIMEOUT_S)).no_proxy()
    builder = builder.follow_redirects(False).pool_max_idle_per_host(4).user_agent("Crier")
    return builder.resolve(host, address, port).build()


def _rebuilt(parts: SplitResult, host: str, port: int) -> str:
    """The URL with its host as it was checked, so that no other reading of it is possible."""
    user = parts.netloc.rpartition("@")[0]
    shown = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=f"{user}@{shown}:{port}" if user else f"{shown}:{port}").geturl()
