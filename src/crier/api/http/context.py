"""The id of a request and the address that it came from, set before anything else looks at it."""

import flask

from crier.api.http.deps import deps
from crier.api.server.request_ids import HEADER, sane_id
from crier.domain import addresses


def request_id() -> str:
    """Return the id of the current request: the caller's if it is sane, else a new one."""
    if "request_id" not in flask.g:
        flask.g.request_id = sane_id(flask.request.headers.get(HEADER, ""))
    return str(flask.g.request_id)


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
