"""Who a request is from and what it is called, before anything else looks at it."""

import re
import secrets
from re import Pattern

import flask

from crier.api.http.deps import deps
from crier.domain import addresses
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
    """Set the caller's address, which from here on is `flask.request.remote_addr`.

    Of `X-Forwarded-For` only what proxies of `CRIER_TRUSTED_PROXIES` say is believed.
    """
    request = flask.request
    forwarded = request.headers.get("X-Forwarded-For", "")
    trusted = deps().settings.trusted_proxies
    request.remote_addr = addresses.client(request.remote_addr or "", forwarded, trusted)


def add_request_id(response: flask.Response) -> flask.Response:
    """Put the id into the answer."""
    response.headers[HEADER] = request_id()
    return response
