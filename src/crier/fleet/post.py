"""POSTs to addresses that users gave, over connections that are kept for the next one.

Which addresses those may be is `storage/fetch.py`: every address of the host is public (or on
`CRIER_FETCH_ALLOW`), and the connection goes to the one that was checked, so that a name which
changes in between gains nothing. Redirects are not followed and no proxy is used.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError

from crier.fleet.errors import PostFailed
from crier.storage.fetch import FetchError, check_resolved

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
        self._allow = tuple(allow)
        self._known: dict[tuple[str, str], _Known] = {}

    async def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """POST `body` and return the answer, whatever its status; at most 1 MB of it.

        Raises:
            PostFailed: the address is not allowed, or there was no answer in ten seconds.
        """
        try:
            async with asyncio.timeout(TIMEOUT_S):
                url = _plain(url)
                client = await self._client(url)
                request = client.post(url).headers(dict(headers)).body_bytes(body)
                async with request.build_streamed() as response:
                    answer = await response.body_reader.read(ANSWER_MAX_BYTES)
                    return Posted(response.status, bytes(answer or b""))
        except PyreqwestError as error:
            raise PostFailed("it cannot be reached") from error
        except TimeoutError as error:
            raise PostFailed("it gave no answer in time") from error
        except (FetchError, ValueError) as error:
            raise PostFailed(str(error)) from error

    async def _client(self, url: str) -> Client:
        now = asyncio.get_running_loop().time()
        parts = urlsplit(url)
        known = self._known.get((parts.scheme, parts.netloc))
        if known is None or known.until < now:
            address, port = await check_resolved(url, self._allow)
            if len(self._known) >= MAX_CLIENTS:
                self._known.clear()
            client = _connect_to(parts.hostname or "", address, port)
            known = _Known(now + RESOLVED_FOR_S, client)
            self._known[parts.scheme, parts.netloc] = known
        return known.client


def _connect_to(host: str, address: str, port: int) -> Client:
    builder = ClientBuilder().timeout(timedelta(seconds=TIMEOUT_S)).no_proxy()
    builder = builder.follow_redirects(False).pool_max_idle_per_host(4).user_agent("Crier")
    return builder.resolve(host, address, port).build()


def _plain(url: str) -> str:
    """The URL with its host in ASCII: what is checked is then exactly what is connected to."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host.isascii():
        return url
    return parts._replace(netloc=parts.netloc.replace(host, host.encode("idna").decode())).geturl()
