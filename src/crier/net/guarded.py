"""Requests to addresses that users gave. Whatever Crier asks for a user goes through here.

Every address of the host must be public (or on `CRIER_FETCH_ALLOW`), and the connection goes to one
that was checked, so that a name which changes in between (DNS rebinding) gains nothing. The URL is
written anew with the host that was checked, and not sent where the HTTP client reads another one in
it: it never looks a name up itself. Redirects are not followed; no proxy, cookie or credential of
ours is used. Connections are kept for the next request for as long as the check holds. Names are
looked up on threads of their own: one whose DNS gives no answer holds up no look-up of Telegram's.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final, NamedTuple

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.http import Url

from crier.domain import hosts, urls
from crier.errors import CrierError
from crier.net import dialing

TIMEOUT_S: Final = 10.0
CHECKED_FOR_S: Final = 60.0
ANSWER_MAX_BYTES: Final = 1024 * 1024
MAX_CLIENTS: Final = 512
LOOK_UPS: Final = 8
"""Names that are looked up at a time."""


class AskError(CrierError):
    """An address may not be asked, or gave no answer; one line without the address."""


class GuardedAnswer(NamedTuple):
    """What somebody's program answered; at most 1 MB of its body."""

    status: int
    body: bytes


class _Known(NamedTuple):
    """A host that was looked up and checked, with the connections to it."""

    until: float
    client: Client


class GuardedClient:
    """Asks public addresses. `allow` is `CRIER_FETCH_ALLOW`: hosts, addresses and networks."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allow = tuple(allow)
        self._known: dict[tuple[str, int], _Known] = {}
        self._threads = ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look-up")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> GuardedAnswer:
        """POST `body` and return the answer, whatever its status.

        Raises:
            AskError: the address is not allowed, or there was no answer in ten seconds.
        """
        try:
            web = urls.read(url)
            urls.check_public(web, self._allow)
        except ValueError as error:
            raise AskError(f"the address {error}") from error
        try:
            async with asyncio.timeout(TIMEOUT_S):
                client = await self._client(web)
                request = client.post(_same(web)).headers(dict(headers)).body_bytes(body)
                async with request.build_streamed() as response:
                    answer = await response.body_reader.read(ANSWER_MAX_BYTES)
                    return GuardedAnswer(response.status, bytes(answer or b""))
        except PyreqwestError as error:
            self._known.pop((web.host, web.port), None)  # another of its addresses may answer
            raise AskError("it cannot be reached") from error
        except TimeoutError as error:
            raise AskError("it gave no answer in time") from error
        except dialing.DialError as error:
            raise AskError(f"it cannot be reached: {error}") from error
        except ValueError as error:
            raise AskError(f"the address {error}") from error

    async def _client(self, web: urls.Web) -> Client:
        """Return a client that connects to an address of this host that was checked."""
        now = asyncio.get_running_loop().time()
        known = self._known.get((web.host, web.port))
        if known is None or known.until < now:
            address = await self._checked(web)
            if len(self._known) >= MAX_CLIENTS:
                self._known.clear()
            known = _Known(now + CHECKED_FOR_S, _connecting_to(web, address))
            self._known[web.host, web.port] = known
        return known.client

    async def _checked(self, web: urls.Web) -> str:
        """Return the address to connect to: of several families one that answers."""
        found = await dialing.look_up(web.host, web.port, self._threads)
        if not urls.is_named(web.host, self._allow):
            for info in found:
                self._check(str(info[4][0]))
        if len({info[0] for info in found}) > 1:
            with await dialing.open_socket(found) as opened:
                return str(opened.getpeername()[0])
        return str(found[0][4][0])

    def _check(self, text: str) -> None:
        address = hosts.address_of(text)
        if address is not None:
            if hosts.is_public(address):
                return
            if any(hosts.is_within(address, entry) for entry in self._allow):
                return
        raise ValueError("leads to a host that is not on the public internet")


def _same(web: urls.Web) -> Url:
    """Return the URL as the HTTP client reads it."""
    url = Url(web.url)
    host = (url.host_str or "").strip("[]")
    if hosts.ascii_host(host) != web.host or url.port_or_known_default != web.port:
        raise ValueError("is read differently by different programs")
    return url


def _connecting_to(web: urls.Web, address: str) -> Client:
    builder = ClientBuilder().timeout(timedelta(seconds=TIMEOUT_S)).no_proxy().referer(False)
    builder = builder.follow_redirects(False).pool_max_idle_per_host(4).user_agent("Crier")
    return builder.resolve(web.host, address, web.port).build()
