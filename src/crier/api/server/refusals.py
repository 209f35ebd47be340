"""Answers that the server gives without the application: in the shape of every other problem."""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from crier.api.server import request_ids

log = logging.getLogger(__name__)
_RETRY_S: Final = 2
_WORDS: Final = {
    400: ("Bad Request", "the body did not arrive whole; nothing was changed"),
    408: ("Request Timeout", "the body did not arrive in time"),
    413: ("Request Entity Too Large", "the body is too large"),
    500: (
        "Internal Server Error",
        "something went wrong here; the request id finds it in the logs",
    ),
    503: ("Service Unavailable", "too many requests are under way; try again in a moment"),
}


class Refused(Exception):  # noqa: N818 (an answer, not an error of ours)
    """The request is answered here, without the application."""

    def __init__(self, status: int, detail: str | None = None) -> None:
        self.status = status
        self.title, words = _WORDS[status]
        self.detail = detail or words
        super().__init__(self.detail)


def answer(scope: Any, protocol: Any, refused: Refused, always: Mapping[str, str]) -> None:
    """Send the problem, with the headers that every answer has (`always`) and the request's id."""
    request_id = request_ids.sane_id(scope.headers.get(request_ids.HEADER.lower()) or "")
    problem = {
        "type": "about:blank",
        "title": refused.title,
        "status": refused.status,
        "detail": refused.detail,
        "request_id": request_id,
    }
    headers = {
        **always,
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
        "Connection": "close",
        "Server": "crier",
        request_ids.HEADER: request_id,
    }
    if refused.status == 503:
        headers["Retry-After"] = str(_RETRY_S)
    log.info("request_refused", extra={"status": refused.status, "request_id": request_id})
    protocol.response_bytes(refused.status, list(headers.items()), json.dumps(problem).encode())
