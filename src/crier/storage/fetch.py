"""Requests that Crier makes for users: public web addresses only, checked where it connects.

The name is resolved here, every address that it has must be public (or on `CRIER_FETCH_ALLOW`), and
the connection goes to exactly the address that was checked: a name that resolves differently a
moment later (DNS rebinding) gains nothing. Each redirect is checked the same way. Time, size and
the number of redirects are limited; no proxy, cookie or credential of ours is used.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urljoin, urlsplit

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import ResponseBodyReader

from crier.domain import urls
from crier.errors import CrierError

MAX_BYTES: Final = 20 * 1024 * 1024
TIMEOUT_S: Final = 20.0
_REDIRECTS: Final = 3
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_MOVED: Final = (301, 302, 303, 307, 308)


class FetchError(CrierError):
    """The address may not be asked, or did not give what was wanted; one line without the URL."""


@dataclass(frozen=True)
class Fetched:
    """An answer, whole."""

    status: int
    content_type: str
    body: bytes = field(repr=False)


async def fetch(
    url: str,
    *,
    allow: Sequence[str] = (),
    method: str = "GET",
    body: bytes | None = None,
    content_type: str | None = None,
    max_bytes: int = MAX_BYTES,
    timeout_s: float = TIMEOUT_S,
) -> Fetched:
    """Ask `url`, following up to three redirects of a GET.

    Args:
        allow: hosts, addresses and networks that may be asked though they are not public.
        timeout_s: for everything together.

    Raises:
        FetchError: it is not public, too large, too slow, or does not answer.
    """
    try:
        async with asyncio.timeout(timeout_s):
            for _ in range(_REDIRECTS + 1):
                answer, location = await _ask(url, allow, method, body, content_type, max_bytes)
                if location is None or method != "GET":
                    return answer
                url = urljoin(url, location)
    except TimeoutError:
        raise FetchError(f"the address did not answer within {timeout_s:g} s") from None
    raise FetchError(f"the address redirects more than {_REDIRECTS} times")


async def check_resolved(url: str, allow: Sequence[str] = ()) -> tuple[str, int]:
    """The address and port to connect to for `url`.

    Raises:
        FetchError: one of the addresses of its host is neither public nor allowed.
    """
    try:
        urls.check_public(url, allow)
    except ValueError as error:
        raise FetchError(f"the address {error}") from None
    parts = urlsplit(url)
    host, port = urls.check_web(url), parts.port or (443 if parts.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError("the address's host is not known") from None
    addresses = [str(entry[4][0]) for entry in found]
    if host not in (entry.lower() for entry in allow):
        for address in addresses:
            _check_address(address, allow)
    return addresses[0], port


def _check_address(text: str, allow: Sequence[str]) -> None:
    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    address = ipaddress.ip_address(text.partition("%")[0])
    address = _embedded(address) or address
    networks = [entry for entry in allow if _is_network(entry)]
    if any(address in ipaddress.ip_network(entry) for entry in networks):
        return
    if not address.is_global or address.is_multicast:
        raise FetchError("the address's host is not on the public internet")


def _embedded(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a gateway would make of this IPv6 one."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _is_network(entry: str) -> bool:
    try:
        ipaddress.ip_network(entry)
    except ValueError:
        return False
    return True


async def _ask(
    url: str,
    allow: Sequence[str],
    method: str,
    body: bytes | None,
    content_type: str | None,
    max_bytes: int,
) -> tuple[Fetched, str | None]:
    """One request, to an address that was checked; where it redirects to, too."""
    address, port = await check_resolved(url, allow)
    host = urls.check_web(url)
    async with _client(host, address, port) as client:
        request = client.request(method, _with_host(url, host))
        if content_type is not None:
            request = request.header("Content-Type", content_type)
        if body is not None:
            request = request.body_bytes(body)
        try:
            async with request.build_streamed() as response:
                moved = response.get_header("Location") if response.status in _MOVED else None
                content = b"" if moved else await _read(response.body_reader, max_bytes)
                kind = response.get_header("Content-Type") or "application/octet-stream"
                return Fetched(response.status, kind, content), moved
        except PyreqwestError as error:
            raise FetchError(f"the address does not answer ({type(error).__name__})") from None


def _with_host(url: str, host: str) -> str:
    """`url` with its host as it was looked up, so that no other library reads another one in it."""
    parts = urlsplit(url)
    userinfo, at, _ = parts.netloc.rpartition("@")
    name = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{userinfo}{at}{name}{port}").geturl()


def _client(host: str, address: str, port: int) -> Client:
    return (
        ClientBuilder()
        .resolve(host, address, port)
        .no_proxy()
        .follow_redirects(False)
        .referer(False)
        .user_agent("Crier")
        .connect_timeout(timedelta(seconds=5))
        .build()
    )


async def _read(reader: ResponseBodyReader, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while (chunk := await reader.read_chunk()) is not None:
        size += len(chunk)
        if size > max_bytes:
            raise FetchError(f"the answer is over {max_bytes:,} bytes")
        parts.append(bytes(chunk))
    return b"".join(parts)
