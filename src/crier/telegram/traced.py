"""Bot API calls as parts of traces: each message is one, also of those that follow one another.

Nothing of a path but its method is told: what stands before it is the token.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from crier.telegram.connection import Following, Response

if TYPE_CHECKING:
    from crier.observability.otlp import TraceSpan

Post = Callable[[bytes, bytes, bytes, float | None, Following | None], Awaitable[Response]]
_REFUSED = 400


def posting(post: Post, above: "TraceSpan") -> Post:
    """Return `post` of a transport, whose requests become parts of `above`."""

    async def recorded(
        path: bytes,
        body: bytes,
        content_type: bytes,
        timeout_s: float | None,
        following: Following | None,
    ) -> Response:
        method = path.rpartition(b"/")[2].decode()
        span = above.part(method, {})

        def answered(response: Response) -> bytes | None:
            nonlocal span
            _end(span, response)
            after = following(response) if following is not None else None
            span = above.part(method, {}) if after is not None else None
            return after

        try:
            return await post(path, body, content_type, timeout_s, answered)
        except BaseException as error:
            if span is not None:
                span.end(error)
            raise

    return recorded


def _end(span: "TraceSpan | None", response: Response) -> None:
    if span is not None:
        span.set({"http.response.status_code": response.status})
        span.end(str(response.status) if response.status >= _REFUSED else None)
