"""Who a request is from and what it is called, before anything else looks at it."""

import re
import secrets
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from re import Pattern

import flask

from crier.api.deps import deps
from crier.observability.redact import scrub

HEADER = "X-Request-ID"
_SANE: Pattern[str] = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)


def request_id() -> str:
    """The id of the current request: the caller's if it is sane, else a new one."""
    if "request_id" not in flask.g:
        flask.g.request_id = sane_id(flask.request.headers.get(HEADER, ""))
    return str(flask.g.request_id)


def sane_id(given: str) -> str:
    """A request's id: the one that it came with if that is sane, else a new one."""
    sane = _SANE.fullmatch(given) and scrub(given) == given
    return given if sane else secrets.token_hex(8)


def believe_proxies() -> None:
    """Set the caller's address: the last in `X-Forwarded-For` that is no trusted proxy's.

    Without `CRIER_TRUSTED_PROXIES`, or from elsewhere, the header counts for nothing.
    """
    request, trusted = flask.request, deps().settings.trusted_proxies
    hops = [*request.headers.get("X-Forwarded-For", "").split(","), request.remote_addr or ""]
    for hop in reversed(hops):
        address = _address(hop)
        if address is None:
            return
        request.remote_addr = str(address)
        if not any(address in ip_network(network) for network in trusted):
            return


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def add_request_id(response: flask.Response) -> flask.Response:
    """Put the id into the answer."""
    response.headers[HEADER] = request_id()
    return response
