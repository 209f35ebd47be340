"""The request's id: the caller's if it is sane, else a new one; in the answer and in the logs."""

import re
import secrets
from re import Pattern

import flask

from crier.observability.redact import scrub

HEADER = "X-Request-ID"
_SANE: Pattern[str] = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)


def request_id() -> str:
    """The id of the current request."""
    if "request_id" not in flask.g:
        given = flask.request.headers.get(HEADER, "")
        sane = _SANE.fullmatch(given) and scrub(given) == given
        flask.g.request_id = given if sane else secrets.token_hex(8)
    return str(flask.g.request_id)


def add_request_id(response: flask.Response) -> flask.Response:
    """Put the id into the answer."""
    response.headers[HEADER] = request_id()
    return response
