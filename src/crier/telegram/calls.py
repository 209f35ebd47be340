"""Bot API calls: one plain `call`, and the path that a broadcast's messages take.

`crier.telegram.client.BotApi` adds a typed method for each call that Crier makes.

Stateless: which token, how fast and what to do after a failure are the caller's. Nothing is ever
sent twice from here, and no error holds a token or a URL.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from crier.domain.outcomes import Action
from crier.domain.redact import is_token
from crier.observability import tracing
from crier.telegram import multipart, traced
from crier.telegram.answers import SendResult, doubtful, read_result, read_send
from crier.telegram.error_table import Verdict
from crier.telegram.errors import ApiError, Doubtful, NotSent, TokenRefused, api_error
from crier.telegram.multipart import Upload
from crier.telegram.transport import JSON, Response, Transport
from crier.telegram.updates import UNDECODABLE

T = TypeVar("T")
Accepted = Callable[[SendResult], bytes | None]


class MethodCaller:
    """The Bot API over one transport, for any number of bots."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._post = transport.post
        self.fair_share = transport.fair_share

    async def call(
        self,
        token: str,
        method: str,
        params: Mapping[str, object] | None = None,
        *,
        returns: type[T],
        files: Mapping[str, Upload] | None = None,
        timeout_s: float | None = None,
    ) -> T:
        """Call a method and return its decoded result. A parameter that is None is left out.

        With `files` the request is a multipart upload; a parameter names such a file as
        `attach://<key>`, or the file's key is the parameter itself. `timeout_s` covers the whole
        call.

        Raises:
            ApiError: Telegram refuses it.
            NotSent: nothing of it was sent.
            Doubtful: it may have been carried out.
        """
        response = await self.post(token, method, params, files=files, timeout_s=timeout_s)
        try:
            return msgspec.json.decode(self.result_of(response), type=returns)
        except UNDECODABLE as error:
            raise Doubtful(
                f"Telegram's answer to {method} is not as documented: {error}", response.status
            ) from error

    async def post(
        self,
        token: str,
        method: str,
        params: Mapping[str, object] | None = None,
        *,
        files: Mapping[str, Upload] | None = None,
        timeout_s: float | None = None,
    ) -> Response:
        """Call a method and return the undecoded answer.

        Raises:
            NotSent: nothing of it was sent.
            Doubtful: it may have been sent.
        """
        given = {name: value for name, value in (params or {}).items() if value is not None}
        if files:
            body, content_type = multipart.encode(given, files)
        else:
            body, content_type = _encode(given), JSON
        path = request_path(token, method)
        return await self._traced_post()(path, body, content_type, timeout_s, None)

    @staticmethod
    def result_of(response: Response) -> msgspec.Raw:
        """Return the still encoded `result` of an answer.

        Raises:
            ApiError: Telegram refuses it.
            Doubtful: it may have been sent.
        """
        result = read_result(response)
        if isinstance(result, msgspec.Raw):
            return result
        raise api_error(*result)

    async def send_body(
        self,
        path: bytes,
        body: bytes,
        timeout_s: float | None = None,
        accepted: Accepted | None = None,
    ) -> SendResult:
        """Send a body of JSON made elsewhere, and say what is known of it; `path` is
        `request_path`'s. Never raises for what Telegram does.

        `accepted` is told of each send that Telegram accepts, at once, and may return the next
        body for the same path. The result of the last send is returned: the first that was not
        accepted, or the one after which there was nothing more to send.
        Cancelling leaves the last send doubtful, unless it had not begun.
        """
        result: SendResult | None = None

        def answered(response: Response) -> bytes | None:
            nonlocal result
            result = read_send(response)
            return accepted(result) if accepted and result.action is Action.OK else None

        try:
            await self._traced_post()(path, body, JSON, timeout_s, answered)
        except NotSent as error:
            return SendResult(Action.BACKOFF, error=str(error))
        except Doubtful as error:
            return doubtful(str(error), error.code)
        assert result is not None  # an answer came
        return result

    def _traced_post(self) -> traced.Post:
        above = tracing.current()
        return self._post if above is None else traced.posting(self._post, above)

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.close()


def request_path(token: str, method: str) -> bytes:
    """Return the path of a call, which holds the token.

    Such a text never reaches the wire, nor does a method that is no word: they could hold a new
    line, and a bot's owner may name both.

    Raises:
        TokenRefused: it is no token.
    """
    if not is_token(token):
        words = "Unauthorized: this is not a bot token; ask @BotFather for it"
        raise TokenRefused(401, Verdict(Action.BOT_STOP, words))
    if not (method.isascii() and method.isalpha()):
        raise ApiError(404, Verdict(Action.CONTENT_STOP, "Not Found: method not found"))
    return f"/bot{token}/{method}".encode()


def _encode(params: Mapping[str, object]) -> bytes:
    """Return the parameters as JSON.

    Raises:
        ApiError: their Unicode is broken; Telegram would refuse it, too.
    """
    try:
        return msgspec.json.encode(params)
    except UnicodeEncodeError as error:
        words = "Bad Request: strings must be encoded in UTF-8"
        raise ApiError(400, Verdict(Action.CONTENT_STOP, words)) from error
