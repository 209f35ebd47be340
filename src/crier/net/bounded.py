"""Requests to addresses that the operator has set: bounded in time and size, no redirects.

They may lead anywhere, into the operator's own network too. What users give is for `guarded.py`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pyreqwest.client import SyncClientBuilder
from pyreqwest.exceptions import PyreqwestError

from crier.errors import CrierError

TIMEOUT_S: Final = 10.0
ANSWER_MAX_BYTES: Final = 1024 * 1024


class NoAnswerError(CrierError):
    """There was no answer, or too long a one; goes on from what was asked, without its address."""


def ask(
    method: str, url: str, headers: Mapping[str, str], body: str | None = None
) -> tuple[int, bytes]:
    """Return the status and the body of an answer.

    Raises:
        NoAnswerError: nobody answered in time, or with more than `ANSWER_MAX_BYTES`.
    """
    builder = SyncClientBuilder().timeout(timedelta(seconds=TIMEOUT_S)).referer(False)
    client = builder.follow_redirects(False).user_agent("Crier").build()
    try:
        request = client.request(method, url).headers(dict(headers))
        request = request if body is None else request.body_text(body)
        with request.build_streamed() as response:
            answer = bytes(response.body_reader.read(ANSWER_MAX_BYTES + 1) or b"")
    except PyreqwestError as error:
        raise NoAnswerError(f"cannot be reached ({type(error).__name__})") from None
    if len(answer) > ANSWER_MAX_BYTES:
        raise NoAnswerError("answers too much")
    return response.status, answer
